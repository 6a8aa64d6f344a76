"""Open photos as people have them: turned by EXIF, transparent, grey, 16-bit, for printing, broken, hostile.

Everything that opens a photo comes through here. The limits and their reasons are in docs/photos.md.
"""

from __future__ import annotations

import atexit
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from spa_desktop.errors import FilledText, InputError
from spa_desktop.photos.decoding import (
    BROKEN,
    HEAD,
    MAX_PIXELS,
    NO_PHOTO,
    Decoded,
    Refusal,
    decode,
    format_of,
    refusal_of,
    size_of,
)
from spa_desktop.plain_files import NotPlainError, is_elsewhere, read_parts
from spa_desktop.visible import QT_TRANSLATE_NOOP

MAX_FILE = 320 << 20  # bytes
# What the process that decodes may take for one photo, in seconds.
MAX_COMPUTING = 10
MAX_WAIT = 60.0
_BOX = re.compile(r"(.+)(#(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5}))", re.DOTALL)


class PhotoError(InputError):
    """A photo that cannot be used: one line says which and why."""


class MissingPhoto(PhotoError):
    """There is no such file."""


@dataclass(frozen=True)
class Photo:
    """A photo that was opened."""

    image: Image.Image  # upright RGB, eight bits a channel
    sha256: str  # of the bytes that were decoded; of a box, see `hash_of_box`
    size: int  # of the file in bytes
    width: int  # of the upright photo, before it came reduced; of a box, of the square that is shown
    height: int  # likewise


def split_box(path: str | os.PathLike[str]) -> tuple[Path, str]:
    """The file that a photo lies in, and its box as ``#x,y,width,height``; "" where the photo is the whole file.

    A box is a photo of its own: the part of a photo around x, y, width and height, in pixels of the upright photo. A
    file whose own name ends like this is a whole photo.

    >>> split_box("cam1/fox.jpg#10,20,300,200")[1], split_box("cam1/fox.jpg")[1]
    ('#10,20,300,200', '')
    """
    found = _BOX.fullmatch(name := os.fspath(path))
    if found is None or (not is_elsewhere(name) and os.path.lexists(name)):
        return Path(name), ""
    return Path(found[1]), found[2]


def photo_file(path: str | os.PathLike[str]) -> Path:
    """The file that a photo lies in: of a box, that of its photo."""
    return split_box(path)[0]


def is_missing(path: str | os.PathLike[str]) -> bool:
    """Whether a photo is not where it was, or on another computer, which is not asked."""
    return is_elsewhere(path) or not photo_file(path).is_file()


def hash_of_box(sha256: str, box: str) -> str:
    """What stands for the SHA-256 of a box, by that of its photo's file; without a box, the latter itself.

    It begins like that of the file, so that boxes of one photo lie together where photos are in the order of hashes.
    """
    return sha256[:32] + hashlib.sha256(f"{sha256}{box}".encode()).hexdigest()[32:] if box else sha256


def open_photo(path: str | os.PathLike[str], *, at_least: int | None = None, sha256: str | None = None) -> Image.Image:
    """Open a photo as upright RGB, eight bits a channel. Its content decides what it is, not its name.

    Orientation by EXIF is applied, transparency laid on white, of an animation the first frame taken, and 16-bit values
    are scaled to eight bits. With `at_least`, a JPEG that is larger, or another photo that is very large, may come
    reduced by a power of two, with both sides at least so long: many times faster for photos that are made small
    anyway. A box of a photo is opened as a photo: see `split_box`. It shows the square around it.

    With `sha256` the content must have it. Then the path is from a project, which may be a stranger's: no other
    computer is asked for the photo. Raises PhotoError if the file is missing, empty, no image, cut off, beyond a limit,
    or not the one that was hashed.
    """
    return read_photo(path, at_least=at_least, sha256=sha256).image


def read_photo(path: str | os.PathLike[str], *, at_least: int | None = None, sha256: str | None = None) -> Photo:
    """Open a photo, with the hash of the very bytes that were decoded: see `open_photo`.

    Raises PhotoError as `open_photo`.
    """
    if sha256 is not None and is_elsewhere(path):
        raise PhotoError(
            QT_TRANSLATE_NOOP(
                "errors", "{path} is not on this computer: copy the photo here, or give the share a drive letter"
            ),
            path=path,
        )
    file, box = split_box(path)
    with _explain_faults(Path(path)):
        # Read once: what is hashed and what is decoded are these bytes, whatever happens to the file meanwhile.
        content = _content(file)
        found = _boxed(content, box, at_least) if box else _decoded(content, at_least)
        # Only now: what is refused is not hashed.
        digest = hash_of_box(hashlib.sha256(content).hexdigest(), box)
        photo = Photo(found.image, digest, len(content), found.width, found.height)
    if sha256 is not None and photo.sha256 != sha256:
        raise PhotoError(
            QT_TRANSLATE_NOOP(
                "errors", "{path} is another photo than the one that was added: put that one back, or add it anew"
            ),
            path=path,
        )
    return photo


def open_content(content: bytes) -> Image.Image:
    """The photo of a file's bytes, as `open_photo` gives it.

    Raises Refusal: it is no photo, or beyond a limit; Exception: one of `BROKEN`, or MemoryError.
    """
    return _decoded(content, None).image


_ONE_SCAN, _LARGEST_THUMBNAIL = b"\xff\xda", 1024  # pixels a side; ours have 160


def is_thumbnail(content: bytes) -> bool:
    """Whether it is a thumbnail as projects keep them, which can come from anybody.

    That is an ordinary JPEG, no large one, and none of many scans, of which a few kilobytes can take a minute.
    """
    with suppress(Refusal, *BROKEN):
        size = size_of(content, "JPEG") if content.count(_ONE_SCAN) == 1 else None
        return size is not None and max(size) <= _LARGEST_THUMBNAIL
    return False


def hash_photo(path: Path) -> str:
    """The SHA-256 of a photo's file, without opening it as a photo; of a box, see `hash_of_box`.

    Raises PhotoError: it cannot be read, or is no regular file, or is too large.
    """
    digest, (file, box) = hashlib.sha256(), split_box(path)
    with _explain_faults(path):
        for part in _parts(file):
            digest.update(part)
    return hash_of_box(digest.hexdigest(), box)


def measure_photo(path: Path) -> tuple[int, int]:
    """Width and height of an upright photo in pixels; most JPEG and PNG files are not decoded for it.

    Raises PhotoError as `open_photo`.
    """
    with _explain_faults(path):
        content = _content(path)
        if (size := size_of(content, format_of(content[:HEAD]) or "")) is not None:
            return size
        found = _decoded(content, 1)
        return found.width, found.height


def _content(file: Path) -> bytes:
    whole = io.BytesIO()
    whole.writelines(_parts(file))
    return whole.getvalue()


def _boxed(content: bytes, box: str, at_least: int | None) -> Decoded:
    """The square around a box. What the encoder would cut off its longer side has to be seen: it is the thing."""
    x, y, width, height = map(int, box[1:].split(","))
    size = size_of(content, format_of(content[:HEAD]) or "") if at_least else None
    wanted = at_least * min(size) // max(1, min(max(width, height), *size)) + 1 if at_least and size else None
    whole = _decoded(content, wanted)
    right, bottom = min(x + width, whole.width), min(y + height, whole.height)
    if x >= right or y >= bottom:
        text = QT_TRANSLATE_NOOP(
            "errors", "{path} lies outside of its photo, which has {width} x {height} pixels: give another box"
        )
        raise Refusal(text, width=whole.width, height=whole.height)
    side, shown, corners = max(right - x, bottom - y), [], []
    axes = (x, right, whole.width, whole.image.width), (y, bottom, whole.height, whole.image.height)
    for start, end, most, pixels in axes:
        first = min(max((start + end - side) // 2, 0), max(most - side, 0))
        last = min(first + side, most)
        shown.append(last - first)
        corners.append((first * pixels // most, -(-last * pixels // most)))
    (left, right), (top, bottom) = corners
    return Decoded(whole.image.crop((left, top, right, bottom)), *shown)


def _decoded(content: bytes, at_least: int | None) -> Decoded:
    if (name := format_of(content[:HEAD])) is None:
        raise Refusal(NO_PHOTO)
    return decode(content, name, at_least, is_plain_wanted=True) or _decoder.decode(content, name, at_least)


def _parts(path: Path) -> Iterator[bytes]:
    is_empty = True
    try:
        for part in read_parts(path, MAX_FILE):
            is_empty = False
            yield part
    except NotPlainError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be read, {reason}: give a photo of up to {most} MB")
        raise Refusal(text, reason=error.strerror, most=MAX_FILE >> 20) from None
    if is_empty:
        raise Refusal(QT_TRANSLATE_NOOP("errors", "{path} is empty (0 bytes): remove it or copy it again"))


@contextmanager
def _explain_faults(file: Path) -> Iterator[None]:
    """Say what goes wrong inside as one line about the photo."""
    try:
        yield
    except FileNotFoundError:
        raise MissingPhoto(
            QT_TRANSLATE_NOOP("errors", "{path} is missing: it was moved or deleted"), path=file
        ) from None
    except PermissionError:
        raise PhotoError(
            QT_TRANSLATE_NOOP("errors", "{path} may not be read: check its permissions"), path=file
        ) from None
    except (Refusal, MemoryError, *BROKEN) as error:
        refusal = refusal_of(error)
        raise PhotoError(FilledText.of(refusal.problem, path=file, **refusal.fields)) from None


class _Decoder:
    """A process that decodes for all threads of this one, kept, and started anew when it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        atexit.register(self.close)

    def decode(self, content: bytes, name: str, at_least: int | None) -> Decoded:
        """As `decoding.decode`.

        Raises Refusal: the photo is beyond a limit, is broken, or its decoder ended the process.
        """
        with self._lock:
            process = self._running()
            deadline = threading.Timer(MAX_WAIT, process.kill)
            deadline.daemon = True
            deadline.start()
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                wanted = {"size": len(content), "format": name, "at_least": at_least, "seconds": MAX_COMPUTING}
                process.stdin.write(json.dumps(wanted).encode() + b"\n")
                process.stdin.write(content)
                process.stdin.flush()
                answer = json.loads(process.stdout.readline())
                if "refused" in answer:
                    problem, fields = answer["refused"]
                    raise Refusal(problem, **fields)
                (width, height), whole = answer["size"], answer["whole"]
                if not 0 < width * height <= MAX_PIXELS:
                    raise ValueError
                pixels = process.stdout.read(3 * width * height)
                return Decoded(Image.frombytes("RGB", (width, height), pixels), *whole)
            except Refusal:
                raise
            except BaseException as error:  # it is gone, or in the middle of an answer
                process.kill()
                self.close()
                if not isinstance(error, OSError | ValueError | TypeError | LookupError):
                    raise
                text = QT_TRANSLATE_NOOP(
                    "errors", "{path} takes too much time or memory to open: save it as an ordinary JPEG"
                )
                raise Refusal(text) from None
            finally:
                deadline.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        # A process that was forked from the owner shares its pipes: it needs a decoder of its own.
        if self._process is None or self._process.poll() is not None or self._owner != os.getpid():
            folder = str(Path(__file__).parents[2])
            folders = os.environ.get("PYTHONPATH")
            environment = {
                **os.environ,
                "PYTHONPATH": os.pathsep.join((folder, folders)) if folders else folder,
                # Threads of libraries that it does not need take addresses, which are counted as memory.
                **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
            }
            self._owner = os.getpid()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "spa_desktop.photos.decoding"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # libtiff writes lines of its own there
                env=environment,
                start_new_session=True,  # Ctrl+C is for the app, which ends it by its input
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        return self._process

    def close(self) -> None:
        """End the process. A later call of `decode` starts another one."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1)


_decoder = _Decoder()
