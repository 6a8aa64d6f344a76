"""What folders of photos cost: ``python -m benchmarks.folders PROJECT PHOTOS``.

The pace of whole answers against that of the encoder alone, in turns within one run; the memory of a long run; and Ray
workers of one thread against one thread here. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.table import markdown
from benchmarks.speed.timing import Ratio, milliseconds, peak_memory, take_turns
from spa_desktop.classify import folder_run
from spa_desktop.classify.answer_files import PhotoAnswer, answer_chunk, answer_chunks, chunks_of
from spa_desktop.classify.folder_run import RecognizerRecipe, find_photos
from spa_desktop.jobs import Job
from spa_desktop.ray_cluster import Cluster, Spread
from spa_desktop.workbench import recognition
from spa_desktop.workbench.open_project import OpenProject

PARTS = ("pace", "memory", "ray")
TURN = 32  # photos
PART = 2  # chunks: what a worker gets at a time here, so that few photos are enough for four of them
SHARES = (100_000, 10_000_000)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.folders", description=__doc__)
    parser.add_argument("project", type=Path, help="one that has learned something")
    parser.add_argument("photos", type=Path, help="a folder")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}, with commas")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--long", type=int, default=2000, help="photos of the run whose memory is measured")
    parser.add_argument("--spread", type=int, default=512, help="photos for Ray")
    parser.add_argument("--workers", default="1,2,4", help="of Ray, with commas")
    arguments = parser.parse_args()
    parts = arguments.parts.split(",")
    paths = find_photos([arguments.photos]).paths
    with OpenProject.open(arguments.project, write=False) as bench:
        if "pace" in parts:
            pace(bench, _spaced(paths, TURN), arguments.turns)
        if "memory" in parts:
            memory(bench, _repeated(paths, arguments.long))
        if "ray" in parts:
            spread(bench, _repeated(paths, arguments.spread), [int(one) for one in arguments.workers.split(",")])


def pace(bench: OpenProject, paths: list[str], turns: int) -> None:
    """Whole answers, the same photos decoded and encoded, and the encoder on ready inputs: in turns."""
    import torch

    from spa_desktop.encoders.photo_stream import encode_files, encode_views, inputs_of
    from spa_desktop.jobs import in_streams

    recognizer, encoder = recognition.recognizer(bench), bench.encoder()
    inputs = [inputs_of(encoder, recognizer.open(path))[None] for path in paths]
    threads = torch.get_num_threads()

    def alone() -> None:
        with closing(in_streams(lambda one: encode_views(encoder, one), inputs, threads)) as done:
            for _ in done:
                pass

    taken = take_turns(
        turns,
        answers=lambda: list(answer_chunks(recognizer, chunks_of(paths))),
        files=lambda: list(encode_files(encoder, paths)),
        alone=alone,
    )
    photo = {name: milliseconds(times, len(paths)) for name, times in taken.items()}
    ours, rows = taken["answers"], []
    for name, what in (("files", "decoding and encoding of the same files"), ("alone", "the encoder on ready inputs")):
        pace, work = Ratio.of(taken[name], ours), Ratio.of(taken[name].processor, ours.processor)
        rows.append((f"{photo['answers']:.1f} ms", f"{what}, {photo[name]:.1f} ms", str(pace), str(work)))
    print(f"{threads} threads, {len(recognizer.class_ids)} classes\n")
    print(markdown(("a photo of a folder, answered", "against", "share of its pace", "of processor time"), rows) + "\n")


def memory(bench: OpenProject, paths: list[str]) -> None:
    """The most memory that this process had, after each eighth of a long run."""
    recognizer = recognition.recognizer(bench)
    rows, kept = [], []
    marks = [len(paths) * part // 8 for part in range(1, 9)]
    for answers in answer_chunks(recognizer, chunks_of(paths)):
        kept += answers
        if marks and len(kept) >= marks[0]:
            rows.append((f"{marks.pop(0):,}", f"{peak_memory() / 2**20:.0f}"))
            print(rows[-1], file=sys.stderr, flush=True)
    print(markdown(("photos answered", "most memory so far, MB"), rows) + "\n")


def spread(bench: OpenProject, paths: list[str], counts: list[int]) -> None:
    """Ray workers of one thread against one thread here; and what large numbers take, computed from it.

    The processor time of a photo is what a core of its own would take; the pace also says what else is going on.
    """
    import torch

    torch.set_num_threads(1)
    recognizer, encoder = recognition.recognizer(bench), bench.encoder()
    chunks = chunks_of(paths)
    parts = [chunks[start : start + PART] for start in range(0, len(chunks), PART)]
    answer_chunk(recognizer, chunks[0])
    began, before = time.perf_counter(), time.process_time()
    here = [_plain(answer_chunk(recognizer, chunk)) for chunk in chunks]
    serial, worked = time.perf_counter() - began, time.process_time() - before
    rows = [("one thread, without Ray", "", _ms(worked / len(paths)), _ms(serial / len(paths)), "1.00", "")]
    recipe = RecognizerRecipe.of(bench.project, recognizer, encoder.fingerprint)
    start = rate = 0.0
    for workers in counts:
        began = time.perf_counter()
        away: dict[int, Timed] = {}
        with Spread(Cluster(workers=workers)) as cluster:
            up = time.perf_counter() - began
            away.update(cluster.map(_timed_part, recipe, parts, Job()))
            whole = time.perf_counter() - began - up
        found = [part for place in range(len(parts)) for part in away[place].answers]
        photo = sum(one.work for one in away.values()) / len(paths)
        load = max(one.load for one in away.values())
        pace = (whole - load) / len(paths)
        rows.append(
            (
                f"{workers} workers" if workers > 1 else "1 worker",
                f"{up:.1f} + {load:.1f}",
                _ms(photo),
                _ms(pace),
                f"{serial / len(paths) / pace:.2f}",
                "yes" if found == here else "NO",
            )
        )
        print(rows[-1], file=sys.stderr, flush=True)
        if workers == counts[0]:
            start, rate = up + load, photo
    headings = (
        "",
        "Ray starts + model loads, s",
        "processor time a photo, ms",
        "a photo, ms",
        "times as fast",
        "same bits",
    )
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, {len(paths)} photos\n")
    print(markdown(headings, rows) + "\n")
    table = [
        (f"{photos:,}", *[_time(start + photos * rate / workers) for workers in (1, 10, 100)]) for photos in SHARES
    ]
    print(markdown(("photos", "1 worker", "10 workers", "100 workers"), table) + "\n")


@dataclass(frozen=True)
class Timed:
    """A part's answers, chunk by chunk; processor seconds for them, and seconds for loading the model, in a worker."""

    answers: list[object]
    work: float
    load: float


def _timed_part(recipe: RecognizerRecipe, part: list[list[str]]) -> Timed:
    began = time.perf_counter()
    is_new = recipe.digest not in folder_run._made
    if is_new:
        folder_run._made[recipe.digest] = recipe.make()
    load = time.perf_counter() - began if is_new else 0.0
    before = time.process_time()
    answers = [_plain(answer_chunk(folder_run._made[recipe.digest], chunk)) for chunk in part]
    return Timed(answers, time.process_time() - before, load)


def _plain(answers: list[PhotoAnswer]) -> list[object]:
    return [(one.path, one.class_ids, one.probabilities, one.error) for one in answers]


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f}"


def _spaced(paths: list[str], count: int) -> list[str]:
    return paths[:: max(len(paths) // count, 1)][:count]


def _repeated(paths: list[str], count: int) -> list[str]:
    return (paths * (count // len(paths) + 1))[:count]


def _time(seconds: float) -> str:
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"


if __name__ == "__main__":
    main()
