"""Answers as CSV, JSON lines and a table of observations: files that appear complete or not at all."""

from __future__ import annotations

import csv
import errno
import io
import json
import math
import re
from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spa_desktop.errors import InputError, SpaError, without_path
from spa_desktop.photos.events import USUAL, EventRule, find_events, read_taken
from spa_desktop.photos.opening import PhotoError, measure_photo, photo_file, split_box
from spa_desktop.plain_files import ANY_FILE, UNWRITABLE, append_to_file, read_plain_file, reason_of, write_output
from spa_desktop.spa.config import NONE_OF_THESE
from spa_desktop.version import JSON_FORMAT
from spa_desktop.visible import QT_TRANSLATE_NOOP, spreadsheet_text

if TYPE_CHECKING:
    from spa_desktop.recognizer import Explanation, Recognizer, Seen

# What one photo was predicted as, as small as thousands of them have to be.


@dataclass(frozen=True, slots=True)
class PhotoAnswer:
    """The most probable classes of a photo, or why there are none."""

    path: str  # of the photo, absolute
    class_ids: tuple[int, ...] = ()  # the most probable classes, best first; empty if the photo could not be read
    probabilities: tuple[float, ...] = ()  # of them, 0 to 1, rounded to six decimals
    milliseconds: float = 0.0  # from the file to the answer, in the thread that did it
    known: float | None = None  # 0 to 1, does it belong to any class; None where the model does not say
    rejected: bool | None = None  # True for "none of these"; None where the model does not say
    error: str | None = None  # one line that says why it could not be read
    size: int = 0  # of the file in bytes when it was read
    changed: int = 0  # when the file was last changed, in nanoseconds
    sha256: str = ""  # of the content that was recognised
    # what a folder that is answered together needs to know of it; kept until then, and empty otherwise
    look: bytes = b""
    # what it was predicted as before, where the folder has changed its class or that it has one
    alone: PhotoAnswer | None = None
    is_best: bool | None = None  # of a box, that it is the most probable one of its photo: see `with_best_boxes`
    event: int = 0  # the number of the burst that it was answered with, 0 where each photo is answered alone
    said: str = ""  # the name of the class that the user said it is; empty where nobody did
    why: Explanation | None = field(default=None, repr=False, compare=False)  # where it was asked for

    @property
    def is_answered(self) -> bool:
        return self.error is None

    @property
    def fault(self) -> str:
        """Why it could not be read, where the name of the file stands before it; "" where it was."""
        return without_path(self.error or "", self.path)

    @property
    def doubt(self) -> float:
        """How unsure the answer is, 0 to 1; 1 where there is none."""
        return 1 - self.probabilities[0] if self.probabilities else 1.0

    def is_unsure(self, below: float) -> bool:
        """Its class is less probable than that, and no user said what it is. None of these is no class."""
        return not self.said and not self.rejected and bool(self.probabilities) and self.probabilities[0] < below

    def class_name(self, names: Mapping[int, str]) -> str:
        """The class, first what the user said, or "none of these"; empty if there is no answer."""
        if self.said or not self.class_ids:
            return self.said
        return NONE_OF_THESE if self.rejected else names[self.class_ids[0]]

    def to_json(self, names: Mapping[int, str]) -> dict[str, Any]:
        """An object of ``classify --json``, which says why where that was asked for: docs/schema/classify.json."""
        if self.error is not None:
            return {"path": self.path, "error": self.error}
        pairs, why, alone = zip(self.class_ids, self.probabilities, strict=True), self.why, self.alone
        document: dict[str, Any] = {
            "path": self.path,
            "answer": self.class_name(names),
            "top": [{"class": names[key], "probability": probability} for key, probability in pairs],
            "known": self.known,
            "rejected": self.rejected and not self.said,
        }
        if alone is not None:
            document["alone"] = {"class": alone.class_name(names), "probability": alone.probabilities[0]}
        if self.event:
            document["event"] = self.event
        if self.is_best is not None:
            document["best_box"] = self.is_best
        if why is not None:
            weights = [round(weight, 4) for weight in why.weights.tolist()]
            document["patches"] = {"grid": list(why.grid), "weights": weights, "selected": why.selected.tolist()}
            document["evidence"] = why.shares
        return {**document, "milliseconds": self.milliseconds}


# A stream of answers at the encoder's own pace: each thread decodes, encodes and scores its own photos.
#
# Photos go by chunks: scored eight at a time, a photo costs a quarter of what it costs alone. A photo's answer depends
# on its chunk in the last bits, as the transport of a chunk ends for all of it at once. So chunks are cut from the list
# of photos at fixed places, each is computed in one thread on one core, and is computed fully or not at all: whoever
# computes it, and whatever was computed before, its answers are the same bits.

CHUNK = 8
TOP = 5

Chunk = Sequence[str]


def chunks_of(paths: Sequence[str], size: int = CHUNK) -> list[Chunk]:
    """A list of photos cut into chunks.

    >>> [len(chunk) for chunk in chunks_of(["photo"] * 19)]
    [8, 8, 3]
    """
    return [paths[start : start + size] for start in range(0, len(paths), size)]


def answer_chunks(
    recognizer: Recognizer, chunks: Sequence[Chunk], *, top: int = TOP, explained: bool = False
) -> Generator[list[PhotoAnswer]]:
    """The answers of each chunk, in order. Memory does not grow with their number.

    Closing the iterator ends its threads, as soon as each is done with the chunk at hand. Raises SpaError if memory
    does not suffice for a single photo, or the model is damaged.
    """
    is_cpu = recognizer.device_type == "cpu"
    if is_cpu or explained:  # which photos that are seen in batches cannot be
        from spa_desktop.jobs import in_streams, torch_threads

        answer = partial(answer_chunk, recognizer, top=top, explained=explained)
        # As many streams as cores even for few chunks: with more cores a stream, sums would be of other bits.
        with closing(in_streams(answer, chunks, torch_threads() if is_cpu else 1)) as answers:
            yield from answers
        return
    with closing(recognizer.see_files([path for chunk in chunks for path in chunk])) as seen:
        for chunk in chunks:
            stamps = [stamp_of(path) for path in chunk]
            yield _answers(recognizer, chunk, list(islice(seen, len(chunk))), stamps, top)


def answer_chunk(recognizer: Recognizer, chunk: Chunk, *, top: int = TOP, explained: bool = False) -> list[PhotoAnswer]:
    """The answers of one chunk, computed in this thread: the `top` classes of each, `explained` if that is wanted."""
    # Before they are read: a file that is replaced meanwhile is read again where a run goes on.
    stamps = [stamp_of(path) for path in chunk]
    seen: list[Seen | str] = []
    for path in chunk:
        try:
            seen.append(recognizer.see_file(Path(path), closely=explained))
        except PhotoError as error:
            seen.append(str(error))
    return _answers(recognizer, chunk, seen, stamps, top, explained=explained)


def _answers(
    recognizer: Recognizer,
    chunk: Chunk,
    seen: Sequence[Seen | str],
    stamps: Sequence[tuple[int, int]],
    top: int,
    *,
    explained: bool = False,
) -> list[PhotoAnswer]:
    good = [photo for photo in seen if not isinstance(photo, str)]
    recognitions = iter(recognizer.recognize_all(good, top=top) if good else ())
    answers = []
    for path, photo, (size, changed) in zip(chunk, seen, stamps, strict=True):
        if isinstance(photo, str):
            answers.append(PhotoAnswer(path, error=photo, size=size, changed=changed))
            continue
        recognition = next(recognitions)
        answers.append(
            PhotoAnswer(
                path,
                tuple(answer.class_id for answer in recognition.top),
                _rounded(answer.probability for answer in recognition.top),
                round(recognition.milliseconds, 2),
                known=None if recognition.known is None else round(recognition.known, 4),
                rejected=None if recognition.known is None else not recognition.is_known,
                size=size,
                changed=changed,
                sha256=photo.sha256,
                look=recognition.look,
                why=recognition.explanation if explained else None,
            )
        )
    return answers


def _rounded(probabilities: Iterable[float]) -> tuple[float, ...]:
    return tuple(min(round(probability, 6), 1.0) for probability in probabilities)


def answer_folder(recognizer: Recognizer, answers: Sequence[PhotoAnswer]) -> list[PhotoAnswer]:
    """The answers of the photos of one folder, answered together: the model is not changed.

    Answers without a look stay as they are.
    """
    from spa_desktop.discover.together import Looks, answer_together

    learner, answered = recognizer.learner, list(answers)
    looks = Looks.unpacked([answer.look for answer in answers], *learner.scorer.whole_means.shape)
    places = [place for place, look in enumerate(looks) if look is not None]
    if len(places) < 2:
        return answered
    together = answer_together(learner, Looks.joined([look for look in looks if look is not None]))
    best = together.probabilities.topk(min(TOP, len(recognizer.class_ids)), dim=-1)
    scale = learner.known_scale(recognizer.kept)
    rows = zip(places, best.values.tolist(), best.indices.tolist(), together.familiarity.tolist(), strict=True)
    for place, shares, classes, familiarity in rows:
        alone = answers[place]
        new = replace(
            alone,
            class_ids=tuple(recognizer.class_ids[index] for index in classes),
            probabilities=_rounded(shares),
            known=None if scale is None else round(scale.known(familiarity), 4),
            rejected=None if scale is None else familiarity < scale.threshold,
        )
        answered[place] = _marked(new, alone)
    return answered


# How much more n photos of a burst say than one: as much as n ** _MORE independent ones. Chosen on bursts of training
# photos, with each data set left out in turn (`benchmarks/events.py`).
_MORE = 0.15
_LEAST = 1e-6  # of a probability: they are kept with six decimals


def answer_events(answers: Sequence[PhotoAnswer], rule: EventRule = USUAL) -> list[PhotoAnswer]:
    """One answer for the photos of each event, in the order of the photos; those that had another one keep it: `alone`.

    It is none of the classes where most of its photos are.
    """
    # Boxes of one photo are of several things.
    wholes = [answer.is_answered and not split_box(answer.path)[1] for answer in answers]
    taken = [read_taken(a.path, rule) if is_whole else None for a, is_whole in zip(answers, wholes, strict=True)]
    numbers = find_events([(str(Path(a.path).parent), t) for a, t in zip(answers, taken, strict=True)], rule.gap)
    events: dict[int, list[PhotoAnswer]] = {}
    for number, answer in zip(numbers, answers, strict=True):
        events.setdefault(number, []).append(answer)
    shares = {number: pool_shares(photos) for number, photos in events.items() if len(photos) > 1}
    answered = []
    for number, answer in zip(numbers, answers, strict=True):
        new = replace(answer, event=number)
        if number in shares:
            photos, known = events[number], [photo.known for photo in events[number] if photo.known is not None]
            new = replace(
                new,
                class_ids=tuple(shares[number]),
                probabilities=_rounded(shares[number].values()),
                known=round(sum(known) / len(known), 4) if known else None,
                rejected=None if answer.rejected is None else 2 * sum(bool(p.rejected) for p in photos) > len(photos),
                alone=None,
            )
            new = _marked(new, answer.alone or answer)  # what a folder said together is no answer alone
        answered.append(new)
    return answered


def pool_shares(photos: Sequence[PhotoAnswer], more: float = _MORE) -> dict[int, float]:
    """The most probable classes of an event, best first, and how probable each is.

    The mean over its n photos of log-probabilities, n ** `more` times. A class that is not among the first of a photo
    is at most as probable there as the last of these, and as all others are together.
    """
    others = [max(1 - sum(photo.probabilities), _LEAST) for photo in photos]
    shares = [dict(zip(photo.class_ids, photo.probabilities, strict=True)) for photo in photos]
    least = [max(min(other, *photo.probabilities), _LEAST) for other, photo in zip(others, photos, strict=True)]
    logs = [sum(map(math.log, others)) / len(photos)]  # of all other classes together
    keys = list(dict.fromkeys(key for photo in photos for key in photo.class_ids))
    for key in keys:
        own = (max(known.get(key, low), _LEAST) for known, low in zip(shares, least, strict=True))
        logs.append(sum(map(math.log, own)) / len(photos))
    highest, sharpness = max(logs), len(photos) ** more
    weights = [math.exp(sharpness * (value - highest)) for value in logs]
    best = sorted(zip(keys, weights[1:], strict=True), key=lambda pair: -pair[1])[:TOP]
    return {key: weight / sum(weights) for key, weight in best}


def _marked(new: PhotoAnswer, alone: PhotoAnswer) -> PhotoAnswer:
    """The new answer, with the one that the photo has alone where that is another."""
    is_same = (alone.rejected and new.rejected) or (
        alone.rejected == new.rejected and alone.class_ids[0] == new.class_ids[0]
    )
    return new if is_same else replace(new, alone=replace(alone, look=b""))


def without_looks(answers: Sequence[PhotoAnswer]) -> list[PhotoAnswer]:
    """The same answers in a tenth of the memory."""
    return [replace(answer, look=b"") if answer.look else answer for answer in answers]


def with_best_boxes(answers: Sequence[PhotoAnswer]) -> Sequence[PhotoAnswer]:
    """The same answers; of boxes they say which is the most probable of its photo, "none of these" coming last."""
    boxes = [(photo, answer) for answer in answers for photo, box in (split_box(answer.path),) if box]
    best = dict(sorted(boxes, key=lambda pair: (pair[1].is_answered, not pair[1].rejected, -pair[1].doubt)))
    files = (photo_file(answer.path) if boxes else Path() for answer in answers)
    pairs = zip(answers, files, strict=True)
    return [replace(answer, is_best=best[file] is answer) if file in best else answer for answer, file in pairs]


def stamp_of(path: str) -> tuple[int, int]:
    """A file's size in bytes and its time of change in nanoseconds; zeros where `stat` fails."""
    try:
        info = photo_file(path).stat()
    except (OSError, ValueError):
        return 0, 0
    return info.st_size, info.st_mtime_ns


def is_same(stamp: tuple[int, int], before: tuple[int, int]) -> bool:
    """Whether two stamps are of one file. Disks round the time of a file that is moved, by two seconds at most."""
    return stamp[0] == before[0] and abs(stamp[1] - before[1]) < 2e9


def is_for_good(error: OSError) -> bool:
    """The disk takes nothing more, whatever the file: it is full, gone, or may not be written."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENODEV)


Names = Mapping[int, str]
_LARGEST = 1 << 30  # bytes of a file of JSON lines that grows: two million photos
EARLIER_CSV = re.compile(BOM_UTF8 + b"path,(answer,)?class_1,probability_1,")
EARLIER_JSON_LINES = re.compile(rb'\{("format": 1, )?"path": "[^\n]*", "(top": \[\{"class|answer|error)": ')


def write_csv(path: Path, answers: Sequence[PhotoAnswer], names: Names, *, is_agreed: bool = False) -> None:
    """Write one row a photo: path, the first five classes with their probabilities, milliseconds, and what failed.

    Names and paths have an apostrophe before what a spreadsheet would take for a formula; JSON lines have them as they
    are. The columns "known" and "none_of_these" are there where the model says so of any photo, and "alone" where
    photos that were answered together changed an answer. Where photos are boxes, "best_box" tells a photo's most
    probable one. Earlier answers are replaced; with `is_agreed`, as where a
    dialog has asked, so is any file but a database.

    Raises:
        InputError: if something else is there.
        SpaError: if it cannot be written; a file of that name is as it was.
    """
    replaces = ANY_FILE if is_agreed else EARLIER_CSV
    lines = chain([BOM_UTF8], csv_lines(with_best_boxes(answers), names))
    write_output(path, lines, replaces=replaces, advice="repeat")


def write_json_lines(path: Path, answers: Sequence[PhotoAnswer], names: Names, *, is_agreed: bool = False) -> None:
    """Write one JSON object a line and photo, as ``classify --json`` has them, with its format. See :func:`write_csv`.

    Raises InputError, SpaError: likewise.
    """
    lines = (json_line(answer, names).encode() for answer in with_best_boxes(answers))
    write_output(path, lines, replaces=ANY_FILE if is_agreed else EARLIER_JSON_LINES, advice="repeat")


def begin_json_lines(path: Path) -> set[str]:
    """The photos of a file of JSON lines that is to grow, which `check_output` has let pass. Half a line is removed.

    Raises InputError if it cannot be read; SpaError if it cannot be written.
    """
    try:
        *lines, cut = read_plain_file(path, _LARGEST).split(b"\n")
    except FileNotFoundError:
        return set()
    except OSError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be read: {reason}")
        raise InputError(text, path=path, reason=reason_of(error)) from None
    if cut:  # a run was killed while it wrote
        write_output(path, [line + b"\n" for line in lines], replaces=EARLIER_JSON_LINES)
    with suppress(ValueError, LookupError, TypeError):
        return {json.loads(line)["path"] for line in lines}
    raise InputError(QT_TRANSLATE_NOOP("errors", "{path} has a line that is no answer: give another name"), path=path)


def append_json_lines(path: Path, answers: Sequence[PhotoAnswer], names: Names) -> None:
    """Write lines as :func:`write_json_lines` at the end of a file. Raises SpaError if it cannot be written."""
    try:
        append_to_file(path, (json_line(answer, names).encode() for answer in answers))
    except OSError as error:
        raise SpaError(UNWRITABLE, path=path, reason=reason_of(error)) from error


def json_line(answer: PhotoAnswer, names: Names) -> str:
    """The line of a photo: docs/schema/classify-line.json."""
    return f"{json.dumps({'format': JSON_FORMAT, **answer.to_json(names)})}\n"


def csv_lines(answers: Sequence[PhotoAnswer], names: Names) -> Iterator[bytes]:
    """The lines of the CSV, that of the names of the columns first."""
    line = io.StringIO(newline="")
    writer = csv.writer(line, lineterminator="\r\n")  # else a carriage return in a name would stand without quotes
    for row in _rows(answers, names):
        writer.writerow(map(spreadsheet_text, row))
        yield f"{line.getvalue()[:-2]}\n".encode(errors="backslashreplace")
        line.seek(0)
        line.truncate()


def _rows(answers: Sequence[PhotoAnswer], names: Names) -> Iterator[Sequence[str]]:
    best = [column for place in range(1, TOP + 1) for column in (f"class_{place}", f"probability_{place}")]
    says: dict[str, Callable[[PhotoAnswer], str]] = {}
    if any(answer.known is not None for answer in answers):
        says["known"] = lambda answer: "" if answer.known is None else f"{answer.known:.6f}"
    if any(answer.rejected is not None for answer in answers):
        says["none_of_these"] = lambda answer: (
            "" if answer.rejected is None else "yes" if answer.rejected and not answer.said else "no"
        )
    if any(answer.event for answer in answers):
        says["event"] = lambda answer: str(answer.event)
    if any(answer.alone for answer in answers):
        says["alone"] = lambda answer: "" if answer.alone is None else answer.alone.class_name(names)
    if any(answer.is_best is not None for answer in answers):
        says["best_box"] = lambda answer: "" if answer.is_best is None else "yes" if answer.is_best else "no"
    yield "path", "answer", *best, "milliseconds", *says, "error"
    for answer in answers:
        pairs = zip(answer.class_ids[:TOP], answer.probabilities, strict=False)
        cells = [cell for key, share in pairs for cell in (names[key], f"{share:.6f}")]
        cells += [""] * (2 * TOP - len(cells))
        cells.append(f"{answer.milliseconds:.2f}" if answer.is_answered else "")
        cells += [cell(answer) for cell in says.values()]
        yield answer.path, answer.class_name(names), *cells, answer.error or ""


# Answers as a table of a Camera Trap Data Package: https://camtrap-dp.tdwg.org/data, version 1.0.2.

OBSERVATION_COLUMNS = (
    *("observationID", "deploymentID", "mediaID", "eventID", "eventStart", "eventEnd", "observationLevel"),
    *("observationType", "cameraSetupType", "scientificName", "count", "lifeStage", "sex", "behavior", "individualID"),
    *("individualPositionRadius", "individualPositionAngle", "individualSpeed", "bboxX", "bboxY", "bboxWidth"),
    *("bboxHeight", "classificationMethod", "classifiedBy", "classificationTimestamp", "classificationProbability"),
    *("observationTags", "observationComments"),
)
EARLIER_OBSERVATIONS = re.compile(b"observationID,deploymentID,")
_NO_ANIMALS = {"human": "human", "person": "human", "vehicle": "vehicle", "blank": "blank", "empty": "blank"}


def write_observations(
    path: Path, answers: Sequence[PhotoAnswer], names: Names, *, deployment: str, zone: tzinfo, by: str, below: float
) -> int:
    """Write observations.csv: a row for each event, photo or box that was answered; IDs are paths as they are given.

    Cameras write no time zone: theirs is `zone`. Answers less probable than `below` are unknown, as is what is none of
    these. Classes are scientific names, but for human, vehicle and blank. Gives how many photos and boxes are left out,
    as their EXIF has no time: the table must. Raises InputError, SpaError as :func:`write_csv`.
    """
    observed, left_out = defaultdict[int | str, list[tuple[PhotoAnswer, str]]](list), 0
    for answer in answers:
        taken = read_taken(photo_file(answer.path)) if answer.is_answered else None
        if taken is None:
            left_out += answer.is_answered
            continue
        moment = datetime.fromtimestamp(taken, UTC).replace(tzinfo=zone).isoformat(timespec="seconds")
        is_box = bool(split_box(answer.path)[1])
        observed[answer.path if is_box else answer.event or answer.path].append((answer, moment))
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, OBSERVATION_COLUMNS, lineterminator="\n")
    table.writeheader()
    for key, photos in observed.items():
        answer, moments = photos[0][0], [moment for _, moment in photos]
        file, box = split_box(answer.path)
        name = answer.class_name(names)
        is_unknown = name == NONE_OF_THESE or answer.is_unsure(below)
        kind = "unknown" if is_unknown else _NO_ANIMALS.get(name.casefold(), "animal")
        row = {
            "observationID": answer.path,
            "mediaID": "" if isinstance(key, int) else str(file),
            "eventID": answer.path if isinstance(key, int) else "",
            "eventStart": min(moments),
            "eventEnd": max(moments),
            "observationLevel": "event" if isinstance(key, int) else "media",
            "observationType": kind,
            "scientificName": name if kind == "animal" else "",
            **_box_shares(file, box),
            "classificationMethod": "machine",
            "classifiedBy": by,
            "classificationProbability": f"{answer.probabilities[0]:.6f}",
        }
        table.writerow({column: spreadsheet_text(cell) for column, cell in row.items()} | {"deploymentID": deployment})
    content = text.getvalue().encode(errors="backslashreplace")
    write_output(path, content, replaces=EARLIER_OBSERVATIONS, advice="repeat")
    return left_out


def _box_shares(file: Path, box: str) -> dict[str, str]:
    """Where a box lies, as shares of the photo, if the photo is there still."""
    columns = ("bboxX", "bboxY", "bboxWidth", "bboxHeight") if box else ()
    with suppress(PhotoError):
        cells = zip(columns, box[1:].split(","), 2 * measure_photo(file) if box else (), strict=False)
        return {column: f"{min(int(pixels) / side, 1):.6f}" for column, pixels, side in cells}
    return {}
