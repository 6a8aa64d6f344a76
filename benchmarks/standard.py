"""The field's numbers on the field's sets: ``python -m benchmarks.standard --cifar100 FOLDER``.

CIFAR-100, ImageNet-R and CUB-200 are read from what is on this computer: torchvision's files, folders of classes, the
lists of CUB and ImageNet-R, or parquet files of Hugging Face. They are learned in the class order of seed 1993 and in
the settings of the published tables, and stand beside these, each row with its weights. `--drawn N` draws the sets
instead, with N photos of each class. Features and finished results stay in `--out`: a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import pickle
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.speed.table import markdown
from spa_desktop.bench.bench_run import SEED, ResultStore, run_bench
from spa_desktop.bench.encoded import ImageFolder, read_image_folder, split_tasks
from spa_desktop.bench.methods import choose_methods
from spa_desktop.cli.common import ADVICE
from spa_desktop.console import ConsoleJob, say
from spa_desktop.encoders.backbones import checked_name, load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.photo_stream import encode_files
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.plain_files import reason_of, write_own_file
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.project.folders import PHOTO_SUFFIXES
from spa_desktop.spa.config import VIEWS


@dataclass(frozen=True)
class Standard:
    """A set as the published tables take it: how many classes and photos it has, and its settings "B-m Inc-n"."""

    classes: int
    train: int
    test: int
    settings: Mapping[str, tuple[int, int]]  # classes of the first task, 0 for as many as any other; classes a task


_OF_200 = {"B0-Inc10": (0, 10), "B0-Inc20": (0, 20), "B100-Inc20": (100, 20)}
SETS = {
    "cifar100": Standard(100, 50_000, 10_000, {"B0-Inc10": (0, 10), "B0-Inc20": (0, 20), "B50-Inc10": (50, 10)}),
    "imagenet-r": Standard(200, 24_000, 6_000, _OF_200),
    "cub200": Standard(200, 5_994, 5_794, _OF_200),
}
BACKBONE = "ViT-B-16/laion400m_e32"  # of most published rows
METHODS = "zero-shot,ncm,ranpac,ranpac+,spa"
PUBLISHED = Path(__file__).with_suffix(".tsv")

# Reading. Whatever form a set has, it becomes the names of its classes in the order of their labels, and rows.

Row: TypeAlias = tuple[str, int, Path | bytes]  # "train" or "test", the label, a photo's file or its content
Rows: TypeAlias = tuple[Sequence[str], Iterable[Row]]
Bytes = NDArray[np.uint8]


def read_set(name: str, folder: Path, photos: Path, job: Job) -> ImageFolder:
    """Read a set in whichever form it lies in a folder.

    Args:
        name: of SETS, which says how many classes it must have; or any other.
        folder: holds CIFAR-100's ``train``, ``test`` and ``meta``; parquet files, named ``train...`` and ``test...``;
            CUB's ``images.txt`` and ``train_test_split.txt``; ``imagenet-r_train.yaml`` and ``imagenet-r_test.yaml``
            beside folders of classes; ``train/CLASS`` and ``test/CLASS``; or folders of classes alone. Archives' own
            folders around these may be there.
        photos: a folder that photos are written to which are no files yet.
        job: gets a line where the split is our own.

    Raises:
        InputError: the folder holds none of these, a file is broken or hostile, or something of the set is missing.
        SpaError: a photo cannot be written.
    """
    for inner in ("cifar-100-python", "CUB_200_2011", "imagenet-r"):
        folder = folder / inner if (folder / inner).is_dir() else folder
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}: give the one that {name} lies in")
    try:
        if (folder / "meta").is_file():
            classes, rows = _cifar(folder)
        elif files := sorted(folder.rglob("*.parquet")):
            classes, rows = _parquet(files)
        elif (folder / "train_test_split.txt").is_file():
            classes, rows = _cub(folder)
        else:
            classes, rows = _folders(folder)
        if len(classes) != len(set(classes)) or (name in SETS and len(classes) != SETS[name].classes):
            raise InputError(f"{folder} holds {len(set(classes))} classes of different names: that is not {name}")
        return _gathered(name, classes, rows, photos, job)
    except SpaError:
        raise
    except Exception as error:  # noqa: BLE001 - what readers raise of a broken file has no base
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{folder} cannot be read as {name} ({why[:200]}): get its files anew") from None


class _Array:
    """An array of bytes as numpy pickles it: its parts are checked, numpy's own code does not see them."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, is_by_column, content = state
        if kind.code not in ("u1", b"u1") or is_by_column or not isinstance(content, bytes):
            raise pickle.UnpicklingError("it holds an array of something else than bytes")
        self.values: Bytes = np.frombuffer(content, np.uint8).reshape(shape)


class _Kind:
    def __init__(self, code: str | bytes, *_: object) -> None:
        self.code = code

    def __setstate__(self, state: object) -> None: ...


class _Unpickler(pickle.Unpickler):
    """Reads numbers, text, lists, dicts and arrays of bytes. What names anything else, as code does, is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return lambda *_: _Array()
        if module == "numpy" and name in ("ndarray", "dtype"):
            return _Array if name == "ndarray" else _Kind
        raise pickle.UnpicklingError(f"one names {module}.{name}, which photos have no need of: it may be hostile")


def _cifar(folder: Path) -> Rows:
    meta, *parts = (
        _Unpickler(io.BytesIO((folder / file).read_bytes()), encoding="bytes").load()
        for file in ("meta", "train", "test")
    )

    def rows() -> Iterator[Row]:
        for part, content in zip(("train", "test"), parts, strict=True):
            pixels = content[b"data"].values.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
            for label, photo in zip(content[b"fine_labels"], pixels, strict=True):
                yield part, label, _png(Image.fromarray(photo))

    return [name.decode() for name in meta[b"fine_label_names"]], rows()


def _png(photo: Image.Image) -> bytes:
    content = io.BytesIO()
    photo.save(content, "PNG", compress_level=1)
    return content.getvalue()


def _parquet(files: Sequence[Path]) -> Rows:
    try:
        from pyarrow import parquet
    except ImportError:
        raise InputError(f"{files[0].name} is read by pyarrow, which is not installed: pip install pyarrow") from None
    opened = {file: parquet.ParquetFile(file) for file in files}
    schema = opened[files[0]].schema_arrow
    photo, name = (
        next(column for column in columns if column in schema.names)
        for columns in (("img", "image"), ("fine_label", "class_name", "label"))
    )
    key = "wnid" if "wnid" in schema.names else name  # the classes of ImageNet-R are in the order of these
    about = json.loads((schema.metadata or {}).get(b"huggingface", "{}")).get("info", {}).get("features", {})
    if names := about.get(name, {}).get("names"):
        places: dict[Any, int] = {label: label for label in range(len(names))}
    else:
        labels = [table.read(list({key, name})).to_pylist() for table in opened.values()]
        pairs = sorted({(row[key], row[name]) for rows in labels for row in rows})
        names, places = [str(said) for _, said in pairs], {wnid: place for place, (wnid, _) in enumerate(pairs)}

    def rows() -> Iterator[Row]:
        for file, table in opened.items():
            part = "test" if file.name.startswith(("test", "valid")) else "train"
            for batch in table.iter_batches(256, columns=[photo, key]):
                for row in batch.to_pylist():
                    yield part, places[row[key]], row[photo]["bytes"]

    return names, rows()


def _cub(folder: Path) -> Rows:
    files, is_train = (
        dict(line.split() for line in (folder / file).read_text(encoding="utf-8").splitlines())
        for file in ("images.txt", "train_test_split.txt")
    )
    labels = {name: label for label, name in enumerate(sorted({Path(file).parent.name for file in files.values()}))}
    return [_spoken(name, {}) for name in labels], (
        ("train" if int(is_train[key]) else "test", labels[Path(file).parent.name], folder / "images" / file)
        for key, file in files.items()
    )


def _folders(folder: Path) -> Rows:
    said = folder / "README.txt"  # ImageNet-R's: "n01443537 goldfish"
    names = dict(re.findall(r"(?m)^(n\d{8})\s+(\S.*)$", said.read_text("utf-8"))) if said.is_file() else {}
    lists = {part: folder / f"imagenet-r_{part}.yaml" for part in ("train", "test")}
    if (folder / "train").is_dir() and not all(file.is_file() for file in lists.values()):
        data = read_image_folder(folder)
        return [_spoken(name, names) for name in data.classes], (
            (part, label, photo)
            for part, classes in (("train", data.train), ("test", data.test))
            for label, photos in enumerate(classes)
            for photo in photos
        )
    found = {
        f"{file.parent.name}/{file.name}": file
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in PHOTO_SUFFIXES
    }
    labels = {name: label for label, name in enumerate(sorted({file.parent.name for file in found.values()}))}
    part_of = dict.fromkeys(found, "train")
    if all(file.is_file() for file in lists.values()):
        # "- data/imagenet-r/n01443537/art_0.jpg": how the folders above were called is nothing to us
        listed = {
            part: re.findall(r"(?m)^- .*?([^/\s]+/[^/\s]+)$", file.read_text("utf-8")) for part, file in lists.items()
        }
        part_of = {file: part for part, files in listed.items() for file in files}
    return [_spoken(name, names) for name in labels], (
        (part, labels[found[file].parent.name], found[file]) for file, part in part_of.items()
    )


def _spoken(folder: str, names: Mapping[str, str]) -> str:
    """The name of a class from that of its folder, "001.Laysan_Albatross" or "n01443537"."""
    if re.fullmatch(r"n\d{8}", folder) and folder not in names:
        raise InputError(f"The folder {folder} has no name: put ImageNet-R's README.txt, which says it, beside it")
    return names.get(folder, re.sub(r"^\d+\.", "", folder)).replace("_", " ")


def _gathered(name: str, classes: Sequence[str], rows: Iterable[Row], photos: Path, job: Job) -> ImageFolder:
    """The files of each class, written where they are none yet. Without a split each class is split by us."""
    split: dict[str, list[list[Path]]] = {part: [[] for _ in classes] for part in ("train", "test")}
    job.stage(Stage.SAVE, total=None, detail=name)
    for part, label, photo in rows:
        if not 0 <= label < len(classes):
            raise ValueError(f"a photo has the label {label}, of {len(classes)}")
        if isinstance(photo, bytes):
            digest, content = hashlib.sha256(photo).hexdigest(), photo
            photo = photos / digest[:2] / f"{digest}.png"
            try:
                if not photo.exists():
                    write_own_file(photo, content)
            except OSError as error:
                raise SpaError(f"{photo} cannot be written: {reason_of(error)}") from None
        split[part][label].append(photo)
        job.advance()
    if not any(split["train"]) or not any(split["test"]):
        job.message(
            f"{name} says no split: of each class four fifths are learned, drawn by us. Published rows have another"
        )
        for label, files in enumerate([*a, *b] for a, b in zip(*split.values(), strict=True)):
            order = np.random.default_rng([SEED, label]).permutation(len(files))
            split["train"][label] = [files[place] for place in sorted(order[: len(files) * 4 // 5])]
            split["test"][label] = [files[place] for place in sorted(order[len(files) * 4 // 5 :])]
    for part, files_of in split.items():
        if bare := [class_ for class_, files in zip(classes, files_of, strict=True) if not files]:
            raise InputError(f"{name} has no {part} photo of {bare[0]}: give all of its files")
    train, test = (tuple(map(tuple, split[part])) for part in ("train", "test"))
    return ImageFolder(name, tuple(classes), train, test)


# Drawing. The sets in forms that they are downloaded in, of coloured polygons.


def draw_set(name: str, folder: Path, each: int) -> Path:
    """Draw a set of SETS, `each` photos of a class to learn from and one to test on; gives the folder."""
    shapes = [(label, number) for label in range(SETS[name].classes) for number in range(each + 1)]
    part_of = {shape: "test" if shape[1] == each else "train" for shape in shapes}
    files: dict[str, bytes] = {}
    if name == "cifar100":
        labels = [f"shape_{label:03}".encode() for label in range(SETS[name].classes)]
        contents: dict[str, dict[bytes, object]] = {"meta": {b"fine_label_names": labels}}
        for part in ("train", "test"):
            own = [shape for shape in shapes if part_of[shape] == part]
            pixels = np.stack([np.asarray(_shape(*shape, 32)).transpose(2, 0, 1).reshape(-1) for shape in own])
            contents[part] = {b"data": pixels, b"fine_labels": [label for label, _ in own]}
        files = {f"cifar-100-python/{file}": pickle.dumps(content, protocol=4) for file, content in contents.items()}
    elif name == "cub200":
        paths = {shape: f"{shape[0] + 1:03}.Drawn_shape_{shape[0]:03}/{shape[1]}.png" for shape in shapes}
        files = {f"CUB_200_2011/images/{path}": _png(_shape(*shape, 160)) for shape, path in paths.items()}
        split = [f"{key} {int(part == 'train')}" for key, part in enumerate(part_of.values())]
        files["CUB_200_2011/images.txt"] = "\n".join(f"{key} {p}" for key, p in enumerate(paths.values())).encode()
        files["CUB_200_2011/train_test_split.txt"] = "\n".join(split).encode()
    else:
        names = (f"n{label:08} drawn_shape_{label:03}" for label in range(SETS[name].classes))
        files = {
            f"imagenet-r/{part}/n{shape[0]:08}/{shape[1]}.png": _png(_shape(*shape, 160))
            for shape, part in part_of.items()
        } | {"imagenet-r/README.txt": "\n".join(names).encode()}
    for file, content in files.items():
        write_own_file(folder / file, content)
    return folder


def _shape(label: int, number: int, size: int) -> Image.Image:
    of_class, own = np.random.default_rng(label), np.random.default_rng([label, number])
    below, above = (tuple(int(level) for level in of_class.integers(0, 256, 3)) for _ in range(2))
    image = Image.new("RGB", (size, size), below)
    where = size * own.uniform(0.4, 0.6), size * own.uniform(0.4, 0.6), size * own.uniform(0.2, 0.35)
    ImageDraw.Draw(image).regular_polygon(where, 3 + label % 6, rotation=float(own.uniform(0, 360)), fill=above)
    return image


# Measuring. All accuracies in per cent; A[b, t] is of task t after task b.


def backward_transfer(matrix: Sequence[Sequence[float | None]]) -> float:
    """Mean over old tasks of the last accuracy less that when it was learned (Lopez-Paz and Ranzato 2017)."""
    table = np.array(matrix, dtype=float)
    return float(np.mean(table[-1, :-1] - table.diagonal()[:-1])) if len(table) > 1 else 0.0


def forward_transfer(matrix: Sequence[Sequence[float | None]], untrained: Sequence[float]) -> float:
    """Mean over later tasks of the accuracy just before a task is learned less that of an untrained model (ibid.).

    A class that was not learned is no possible answer, here and in the published tables: such accuracy, None, is 0.
    """
    table = np.nan_to_num(np.array(matrix, dtype=float))
    return float(np.mean(table.diagonal(1) - np.asarray(untrained)[1:])) if len(table) > 1 else 0.0


def transfers(method: str, matrix: Sequence[Sequence[float | None]], tasks: Sequence[range]) -> tuple[float, float]:
    """Backward and forward transfer of a method. The texts of zero-shot know each task before it comes."""
    seen, untrained = [list(row) for row in matrix], [0.0] * len(tasks)
    if method == "zero-shot":
        untrained = [100 / task.stop for task in tasks]  # an untrained model guesses among as many classes
        for task in range(1, len(tasks)):
            seen[task - 1][task] = matrix[task][task]
    return backward_transfer(matrix), forward_transfer(seen, untrained)


def time_encoding(encoder: ClipEncoder, data: ImageFolder) -> float:
    """Seconds to encode a photo from its file, measured on the first photo of each of sixteen classes."""
    files = [photos[0] for photos in data.train[:17]]
    list(encode_files(encoder, files[:1]))  # to warm up
    started = time.perf_counter()
    list(encode_files(encoder, files[1:]))
    return (time.perf_counter() - started) / len(files[1:])


def open_cache(folder: Path, encoder: ClipEncoder, photos: int, job: Job) -> FeatureCache:
    """A cache that takes the features of so many photos. Raises InputError where the disk has no room for them."""
    high, wide = encoder.grid
    needed = photos * (VIEWS * (high * wide * (encoder.dim + 2) + 4 * encoder.pooled_width) + 400)
    folder.mkdir(parents=True, exist_ok=True)
    stored, free = FeatureCache(folder).size(), shutil.disk_usage(folder).free
    if free < needed - stored:
        raise InputError(
            f"Features of {photos:,} photos take {needed / 1e9:.1f} GB in {folder}, and {free / 1e9:.1f} GB are free: "
            "give another folder with --out, or fewer photos with --shots"
        )
    return FeatureCache(folder, max_bytes=2 * (needed + stored), on_message=job.message)


def comparison(name: str, setting: str, result: Mapping[str, Any], source: str) -> str:
    """The table of a setting: our rows, of a `source`, then all that are published, each with its weights."""
    tasks = split_tasks(len(result["class_order"]), increment=result["increment"], base=result["base"])
    rows = []
    for method, found in result["methods"].items():
        both = transfers(method, found["accuracy_matrix"], tasks)
        cells = [f"{value:.2f}" for value in (found["average"], found["last"], found["forgetting"], *both)]
        rows.append((method, result["backbone"], *cells, source))
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        published = [
            (row["method"], row["weights"], row["average"], row["last"], "", "", "", row["source"])
            for row in csv.DictReader(file, delimiter="\t")
            if (row["set"], row["setting"]) == (name, setting)
        ]
    published.sort(key=lambda row: row[1] != result["backbone"])
    headings = ("method", "weights", "A-bar", "last", "forgetting", "backward", "forward", "source")
    is_alone = all(row[1] != result["backbone"] for row in published)
    warning = f"\n\nNo row is published of the weights {result['backbone']}: do not compare it with others."
    return markdown(headings, rows + published) + warning * is_alone


# Running.


def main() -> None:
    """Run and print. Exit code 1: it failed, 2: the input is wrong, 130: it was stopped."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.standard", description=__doc__)
    for name in SETS:
        parser.add_argument(f"--{name}", type=Path, metavar="FOLDER", help=f"that {name} lies in")
    parser.add_argument("--drawn", type=int, metavar="N", help="draw all sets, N photos of a class to learn from")
    parser.add_argument("--settings", nargs="*", help="such as B0-Inc10; else all of a set")
    parser.add_argument("--backbone", default=BACKBONE, help="see spa-desktop backbones; default: %(default)s")
    parser.add_argument("--methods", default=METHODS, help="of spa-desktop bench, with commas; default: %(default)s")
    parser.add_argument("--shots", type=int, help="photos of a class to learn from, the first so many; else all")
    parser.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="for features and results")
    arguments = parser.parse_args()
    try:
        run(arguments)
    except SpaError as error:
        say(f"benchmarks.standard: {error.worded(ADVICE)}")
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        say("Stopped. The same command goes on from here")
        raise SystemExit(130) from None


def run(arguments: argparse.Namespace) -> None:
    """All sets that were given, and all their settings. Raises SpaError."""
    folders = {name: getattr(arguments, name.replace("-", "_")) for name in SETS}
    source = "this run" + f", {arguments.shots} photos a class" * bool(arguments.shots)
    if arguments.drawn:
        source = "this run, drawn photos"
        folders = {
            name: draw_set(name, arguments.out / f"drawn-{arguments.drawn}" / name, arguments.drawn) for name in SETS
        }
    if not any(folders.values()):
        raise InputError(f"Give the folder of a set, with one of --{', --'.join(SETS)}, or --drawn 3")
    known = sorted({setting for standard in SETS.values() for setting in standard.settings})
    if unknown := set(arguments.settings or ()) - set(known):
        raise InputError(f"There is no setting {unknown.pop()}: choose from {', '.join(known)}")
    methods = [method.name for method in choose_methods(arguments.methods.split(","))]
    checked_name(arguments.backbone)
    with ConsoleJob() as job:
        sets, photos = {}, {}
        for name, folder in folders.items():
            if folder:
                read = read_set(name, folder, arguments.out / "photos" / name, job)
                sets[name] = replace(read, train=tuple(files[: arguments.shots] for files in read.train))
                photos[name] = sum(map(len, (*sets[name].train, *sets[name].test)))
        job.stage(Stage.LOAD)
        encoder = load_encoder(arguments.backbone, device=arguments.device, on_message=job.message)
        cache = open_cache(arguments.out / "features", encoder, sum(photos.values()), job)
        each = time_encoding(encoder, next(iter(sets.values())))
        hours = each * sum(photos.values()) / 3600
        job.message(f"All photos are encoded in {hours:.1f} hours, or less where some are; stopped, it goes on")
        times = []
        for name in sets:
            hours = each * (SETS[name].train + SETS[name].test) / 3600
            times.append((name, "encoding", "", f"{1000 * each:.0f}", f"{hours:.1f}"))
        for name, data in sets.items():
            for setting, (base, increment) in SETS[name].settings.items():
                if setting not in (arguments.settings or known):
                    continue
                result = run_bench(
                    data,
                    encoder=lambda: encoder,
                    increment=increment,
                    base=base,
                    shots=arguments.shots,
                    methods=methods,
                    resume=True,
                    job=job,
                    cache=cache,
                    results=ResultStore(arguments.out / "results"),
                )
                print(f"\n### {name}, {setting}, {photos[name]:,} photos\n")
                print(comparison(name, setting, result, source), flush=True)
                tasks = split_tasks(SETS[name].classes, increment=increment, base=base)
                answers = sum(SETS[name].test * task.stop / SETS[name].classes for task in tasks)
                for method, found in result["methods"].items():
                    each, learning = found["predict_ms_per_image"], f"{found['train_seconds']:.1f}"
                    cells = f"{each:.2f}", f"{each * answers / 3.6e6:.2f}"
                    times.append((f"{name}, {setting}", method, learning, *cells))
        headings = ("set", "what", "learning here, s", "a photo, ms", "photos of the whole set, hours")
        print("\n" + markdown(headings, times))


if __name__ == "__main__":
    main()
