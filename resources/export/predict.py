#!/usr/bin/env python3
"""Recognise photos with the model beside this file. Needs numpy, Pillow and onnxruntime, and nothing else:

    pip install numpy Pillow onnxruntime
    python predict.py photo.jpg folder/ --top 3    (- is a list of photos on stdin, one a line)
    python predict.py --json photo.jpg    (--explain says where in the photo, too)
    python predict.py clip.mp4            (a frame a second; needs opencv-python as well)
    python predict.py --camera            (likewise)

Exit code 0: done, photos that cannot be read are listed at the end; 1: none could be read; 2: the input is wrong;
130: stopped by Ctrl+C.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # ONNX Runtime reads it when it is loaded, and would report to its makers
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # else a broken video is told twice

SUFFIXES = {
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".avif", ".heic",
    ".heif",
}  # fmt: skip
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")  # not EPS, which would start a program
VIDEO_SUFFIXES = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v"}
NONE_OF_THESE = "none of these"
MOST_PIXELS = 250_000_000
PIXELS_OF_A_DRAWING, MOST_PIXELS_A_BYTE = 50_000_000, 250  # a larger file with more was made to take memory
PIXELS_TO_REDUCE = 12_000_000  # larger photos are averaged down first, as the app does it
# What moves a terminal's cursor, begins another line, or turns the text around it; and bytes that are no text.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff]")


class BadInput(Exception):
    """What was given cannot be used: one line says why."""


class Classifier:
    """The exported model.

    >>> classifier = Classifier()                                                            # doctest: +SKIP
    >>> classifier(open_photo("photo.jpg"))["top"]                                           # doctest: +SKIP
    [{'class': 'cat', 'probability': 0.93}, {'class': 'dog', 'probability': 0.05}, ...]
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, threads: int = 0) -> None:
        """Load it.

        Args:
            folder: of the export; None is the folder of this file.
            threads: to compute with; 0 takes as many as there are cores.
        """
        import onnxruntime

        place = Path(folder) if folder is not None else Path(__file__).resolve().parent
        try:
            self.signature = read_signature(place / "signature.json")
            content = plain_file(place / self.signature["model"]["file"]).read_bytes()
        except BadInput:
            raise
        except (OSError, ValueError, LookupError, TypeError, RecursionError, MemoryError) as error:
            raise BadInput(f"{place} is no whole export: {one_line(error)}. Export the model again") from None
        if hashlib.sha256(content).hexdigest() != self.signature["model"]["sha256"]:
            raise BadInput(f"{place / self.signature['model']['file']} is damaged: export the model again")
        self.labels: list[str] = self.signature["labels"]
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        # Threads that spin while they wait take the cores from all other programs, and from each other.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # noqa: BLE001 - the runtime has its own kinds of errors
            raise BadInput(f"{place} has no model that can be computed: {one_line(error)}") from None
        self._outputs = [output.name for output in self._session.get_outputs()]
        self._none = self.signature.get("none_of_these")
        wanted = {"probabilities", "patch_weights"} | ({self._none["output"]} if self._none else set())
        shape = next((output.shape for output in self._session.get_outputs() if output.name == "probabilities"), None)
        inputs = [(one.name, one.type) for one in self._session.get_inputs()]
        if (
            not wanted <= set(self._outputs)
            or shape is None
            or shape[1:] != [len(self.labels)]
            or inputs != [("photo", "tensor(uint8)")]
        ):
            raise BadInput(f"{place} has another model than signature.json says: export the model again")

    def __call__(self, photo: Any, top: int = 5) -> dict[str, Any]:
        """What a photo shows.

        Args:
            photo: an upright RGB picture of Pillow, or uint8 ``(height, width, 3)``.
            top: how many of the most probable classes are wanted.

        Returns:
            "answer": the class, or "none of these"; "top": classes and their probabilities, best first; "known": from
            0 to 1, whether the photo belongs to any class, and "rejected": it belongs to none (both None where the
            model cannot tell); "patches": how much each place of the photo's middle square spoke for the first class.

        Raises:
            BadInput: if the model gives no such answer.
        """
        import numpy

        try:
            answers = self._session.run(None, {"photo": numpy.asarray(photo)[None]})
            found = {name: answer[0] for name, answer in zip(self._outputs, answers, strict=True)}
            probabilities, weights = found["probabilities"], found["patch_weights"]
            known = None if self._none is None else float(found[self._none["output"]])
            is_answer = all(numpy.isfinite(one).all() for one in (probabilities, weights, known or 0.0))
        except Exception as error:  # noqa: BLE001 - the runtime has its own kinds of errors
            raise BadInput(f"The model cannot compute it: {one_line(error)}") from None
        if not is_answer:
            raise BadInput("The model's answer is no number: export the model again")
        best = numpy.argsort(-probabilities, kind="stable")[:top]
        rejected = None if known is None else known < self._none["threshold"]
        return {
            "answer": NONE_OF_THESE if rejected else self.labels[best[0]],
            "top": [{"class": self.labels[i], "probability": round(float(probabilities[i]), 6)} for i in best],
            "known": None if known is None else round(known, 6),
            "rejected": rejected,
            "patches": {"grid": list(weights.shape), "weights": [round(float(one), 4) for one in weights.ravel()]},
        }

    def open(self, path: str | os.PathLike[str]) -> Any:
        """A photo's file as the model wants it."""
        return open_photo(path, self.signature["input"]["decode_at_least"])


def read_signature(file: Path) -> dict[str, Any]:
    """What the file says of the model, if that can be.

    Raises:
        OSError, ValueError, LookupError, TypeError, RecursionError: if it cannot.
    """
    said: dict[str, Any] = json.loads(plain_file(file).read_text(encoding="utf-8"))
    name, labels, none = said["model"]["file"], said["labels"], said.get("none_of_these")
    if not isinstance(name, str) or name in ("", ".", "..") or re.search(r"[/\\:\x00]", name):
        raise ValueError("signature.json names a model that is not beside it")
    if not isinstance(said["model"]["sha256"], str):
        raise ValueError("signature.json has no checksum of the model")
    if not isinstance(labels, list) or not labels or not all(isinstance(label, str) for label in labels):
        raise ValueError("signature.json has no labels")
    if none is not None and not (isinstance(none["output"], str) and -10 <= none["threshold"] <= 10):
        raise ValueError("signature.json has no threshold for none of these")
    at_least = said["input"]["decode_at_least"]
    if not isinstance(at_least, int) or not 1 <= at_least <= 65_536:
        raise ValueError("signature.json has no size to decode at")
    return said


def plain_file(path: Path) -> Path:
    """The file, if it is one: a pipe or a device in its place is not waited for."""
    if path.exists() and not path.is_file():
        raise ValueError(f"{path.name} is no plain file")
    return path


def open_photo(path: str | os.PathLike[str], at_least: int = 520) -> Any:
    """A photo's file as an upright RGB picture, as the app opens it.

    Args:
        path: the file.
        at_least: a larger photo may come smaller, with both sides at least so long: many times faster.
    """
    import numpy
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # it warns in two lines; the limit is below
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):  # noqa: PTH110, PTH112, PTH113
        raise BadInput(f"{path} is no plain file")
    try:
        from pillow_heif import register_heif_opener

        register_heif_opener()
    except ImportError:
        if Path(path).suffix.lower() in (".heic", ".heif"):
            raise BadInput(f"{path} needs the package pillow-heif: pip install pillow-heif") from None
    Image.init()
    try:
        with Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN]) as photo:
            pixels = photo.width * photo.height
            if pixels > min(MOST_PIXELS, max(PIXELS_OF_A_DRAWING, MOST_PIXELS_A_BYTE * Path(path).stat().st_size)):
                raise ValueError(f"{pixels // 1_000_000} million pixels are too many, or too many for so small a file")
            photo.draft(None, (at_least, at_least))
            photo.load()
            if photo.mode.startswith("I") or photo.mode == "F":  # more than eight bits
                values = numpy.asarray(photo).astype(numpy.float64)
                numbers = values[numpy.isfinite(values)]
                low, high = (numbers.min(), max(numbers.max(), 0)) if numbers.size else (0, 0)
                if photo.mode == "F" and high <= 1:
                    values = values * 255
                elif photo.mode != "F" and high <= 65535:
                    values = values / 257
                elif high > 255:
                    values = (values - low) * (255 / max(high - low, 1e-300))
                if getattr(photo, "tag_v2", {}).get(262) == 0:  # a TIFF whose 0 is white
                    values = 255 - values
                picture = Image.fromarray(numpy.clip(numpy.nan_to_num(values).round(), 0, 255).astype(numpy.uint8))
            elif "A" in photo.mode or "a" in photo.mode or "transparency" in photo.info:
                layer = photo.convert("RGBA")
                picture = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
            else:
                picture = photo
            turn = 1
            with contextlib.suppress(Exception):  # broken EXIF is no reason to lose a good photo
                turn = photo.getexif().get(0x0112, 1)
            picture, factor = picture.convert("RGB"), 1
            while picture.width * picture.height > PIXELS_TO_REDUCE and min(picture.size) // (2 * factor) >= at_least:
                factor *= 2
            picture = picture.reduce(factor)
        if turn in range(2, 9):
            picture.getexif()[0x0112] = turn
            picture = ImageOps.exif_transpose(picture)
    except FileNotFoundError:
        raise BadInput(f"{path} is missing") from None
    except IsADirectoryError:
        raise BadInput(f"{path} is a folder") from None
    except PermissionError:
        raise BadInput(f"{path} may not be read: check its permissions") from None
    except MemoryError:
        raise BadInput(f"{path} is too large for the memory") from None
    except Exception as error:  # noqa: BLE001 - decoders raise all kinds of errors on broken files
        raise BadInput(f"{path} is no photo that can be read ({one_line(error)})") from None
    return picture


def photos_of(paths: list[Path]) -> Iterator[Path]:
    """The files themselves, those of the list on stdin for `-`, and photos of folders, also nested ones, by name."""
    for path in paths:
        if path == Path("-"):
            listed = sys.stdin.buffer.read().splitlines() if sys.stdin is not None else []
            yield from photos_of([Path(os.fsdecode(name)) for name in listed if name])
        elif os.path.isdir(path):  # noqa: PTH112 - unlike Path.is_dir, it answers for any name
            for folder, folders, names in os.walk(path):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                photos = (Path(folder) / name for name in sorted(names) if not name.startswith("."))
                yield from (photo for photo in photos if photo.suffix.lower() in SUFFIXES)
        else:
            yield path


def classify(classifier: Classifier, paths: list[Path], top: int, as_json: bool, explained: bool) -> int:
    images: list[dict[str, Any]] = []
    faults: list[str] = []
    for path in photos_of(paths):
        is_video = path.suffix.lower() in VIDEO_SUFFIXES
        try:
            started = time.perf_counter()
            for second, photo in frames_of(path, every=1) if is_video else [(0.0, classifier.open(path))]:
                found = classifier(photo, top)
                if not explained:
                    del found["patches"]
                place = {"path": str(path)} | ({"second": round(second, 2)} if is_video else {})
                spent = round(1000 * (time.perf_counter() - started), 1)
                images.append({**place, **found, "milliseconds": spent})
                if not as_json:
                    at = f" {second:.0f} s" if is_video else ""
                    print(f"{shown(str(path))}{at}: {in_words(found)}", flush=is_video)
                started = time.perf_counter()
        except BadInput as error:
            fault = str(error) if str(path) in str(error) else f"{path}: {error}"
            faults.append(fault)
            images.append({"path": str(path), "error": fault})
    if as_json:
        print(json.dumps({"format": 1, "images": images}, indent=2))
    for fault in faults:
        say(fault)
    if not images:
        raise BadInput("There is no photo in what was given: give photos, or folders of photos")
    if faults:
        say(f"{len(faults)} of {len(images)} photos could not be read")
    return 1 if len(faults) == len(images) else 0


def frames_of(source: Path | int, every: float = 0) -> Iterator[tuple[float, Any]]:
    """Pictures of a video or of a camera by its number, each with its second; of a video one in `every` seconds."""
    try:
        import cv2
    except ImportError:
        raise BadInput("Cameras and videos need one more package: pip install opencv-python") from None
    is_camera = isinstance(source, int)
    if not is_camera and not os.path.isfile(source):  # noqa: PTH113 - OpenCV would take its name for an address
        raise BadInput(f"{source} is missing, or no plain file")
    film, due, is_read = cv2.VideoCapture(source if is_camera else str(source)), 0.0, False
    try:
        if is_camera and not film.isOpened():
            raise BadInput(f"Camera {source} cannot be opened: give another number, or check who may use it")
        while film.grab():
            second = film.get(cv2.CAP_PROP_POS_MSEC) / 1000
            if every and second < due:
                continue
            is_there, frame = film.retrieve()
            if is_there:
                due, is_read = second + every, True
                yield second, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
    finally:
        film.release()
    if is_camera:
        raise BadInput(f"Camera {source} gives no more pictures")
    if not is_read:
        raise BadInput(f"{source} is no video that can be read")


def watch(classifier: Classifier, number: int, top: int, most: int) -> int:
    """Recognise what a camera sees until a key is pressed."""
    try:
        for seen, (_, frame) in enumerate(frames_of(number), 1):
            print(in_words(classifier(frame, top)), flush=True)
            if seen == most:
                break
    except KeyboardInterrupt:
        pass
    return 0


def in_words(found: dict[str, Any]) -> str:
    if found["rejected"]:
        return f"None of these (nearest: {shown(found['top'][0]['class'])})"
    return ", ".join(f"{shown(one['class'])} {100 * one['probability']:.1f} %" for one in found["top"])


def one_line(error: Exception) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in str(error))[:100].strip() or type(error).__name__


def shown(text: str) -> str:
    """Names of classes and files on one line of a terminal, with escapes for what would do something there."""
    return UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def say(text: str) -> None:
    if sys.stderr is not None:  # else `print` would write into the answers
        print(shown(text), file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description="Recognise photos with the model beside this file.")
    parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO", help="photos, videos, folders of photos, or -")
    parser.add_argument("--top", type=int, default=5, help="how many classes to name (5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--explain", action="store_true", help="with --json: say which places spoke for the class")
    parser.add_argument("--threads", type=int, default=0, help="to compute with (0: as many as there are cores)")
    parser.add_argument("--camera", type=int, nargs="?", const=0, metavar="NUMBER", help="watch a camera (0)")
    parser.add_argument("--frames", type=int, default=0, help="of the camera, then stop (0: until Ctrl+C)")
    given = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    warnings.simplefilter("ignore")  # what Pillow finds odd about a photo that it opens all the same
    try:
        if given.top < 1 or not 0 <= given.threads <= 1024:
            raise BadInput("--top must be 1 or more, and --threads 0 to 1024")
        if sys.stdout is None:
            raise BadInput("The output is closed: send it to a file or a terminal")
        if given.camera is None and not given.photos:
            raise BadInput("Give photos or folders, or --camera. More: python predict.py --help")
        try:
            import numpy  # noqa: F401
            import onnxruntime  # noqa: F401
            import PIL  # noqa: F401
        except ImportError as error:
            raise BadInput(f"{error.name} is missing: pip install numpy Pillow onnxruntime") from None
        classifier = Classifier(threads=given.threads)
        if given.camera is not None:
            code = watch(classifier, given.camera, given.top, given.frames)
        else:
            code = classify(classifier, given.photos, given.top, given.json, given.explain)
        sys.stdout.flush()
        return code
    except BadInput as error:
        say(f"predict.py: {error}")
        return 2
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # of the output; whoever read along may have left, who needs no message
        if not isinstance(error, BrokenPipeError):
            say(f"predict.py: The output cannot be written: {error.strerror}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
