"""A photo in memory to its answer, and folders of photos to theirs, against the encoder alone."""

from __future__ import annotations

from pathlib import Path

import torch

from benchmarks.speed.table import Line
from benchmarks.speed.timing import Ratio, Times, milliseconds, take_turns
from spa_desktop.classify.answer_files import answer_chunks, chunks_of
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.lite_files import EIGHT_BIT
from spa_desktop.encoders.photo_stream import encode_views, inputs_of
from spa_desktop.jobs import in_streams
from spa_desktop.recognizer import KnownClass, Recognizer
from spa_desktop.spa.learner import SpaLearner

# By number of classes: without the heat map, and with it.
REACH = {10: (1.25, 1.6), 100: (1.35, 1.7), 1000: (1.5, 1.9)}
# What an answer in single precision took of the forward pass, by two threads, before this path was worked on. In eight
# bits it is to be 2.2 times as fast.
BEFORE, FASTER = {100: 2.31, 1000: 2.71}, 2.2


def live_lines(encoder: ClipEncoder, learner: SpaLearner, photo: Path, rounds: int) -> list[Line]:
    """The app's own recogniser, one view, on a photo as a camera gives it, with one thread and with all."""
    recognizer = Recognizer(encoder, learner, {int(key): KnownClass(key) for key in learner.keys}, views=1)
    image = recognizer.open(photo)
    ready = encoder.preprocess(image)[None]
    count, every = len(learner.keys), torch.get_num_threads()
    lines = []
    for threads in dict.fromkeys((1, every)):
        torch.set_num_threads(threads)
        spent = take_turns(
            rounds,
            warm_up=3,
            forward=lambda: encoder.encode_images(ready),
            plain=lambda: recognizer.recognize(recognizer.see(image)),
            mapped=lambda: recognizer.recognize(recognizer.see(image, closely=True)).explanation,
        )
        for what, name, reach in zip(("without", "with"), ("plain", "mapped"), REACH[count], strict=True):
            label = f"live, photo to answer, {count:,} classes, {what} the heat map, threads: {threads}"
            lines.append(_line(label, spent[name], spent["forward"], reach))
    torch.set_num_threads(every)
    return lines


def eight_bit_line(encoder: ClipEncoder, learner: SpaLearner, photo: Path, rounds: int) -> Line:
    """The same in eight bits, with all threads, against the pass in single precision. What was learned costs alike."""
    eight = load_encoder(EIGHT_BIT, device="cpu")
    recognizer = Recognizer(eight, learner, {int(key): KnownClass(key) for key in learner.keys}, views=1)
    image, count = recognizer.open(photo), len(learner.keys)
    ready = encoder.preprocess(image)[None]
    spent = take_turns(
        rounds,
        warm_up=3,
        forward=lambda: encoder.encode_images(ready),
        answer=lambda: recognizer.recognize(recognizer.see(image)),
    )
    label = f"live in eight bits, photo to answer, {count:,} classes, without the heat map"
    return _line(label, spent["answer"], spent["forward"], BEFORE[count] / FASTER, "in single precision")


def folder_line(encoder: ClipEncoder, learner: SpaLearner, files: list[Path], rounds: int) -> Line:
    """Photos of a folder answered as the app does it, three views, against the encoder on ready tensors."""
    recognizer = Recognizer(encoder, learner, {int(key): KnownClass(key) for key in learner.keys})
    ready = [inputs_of(encoder, recognizer.open(file))[None] for file in files]
    chunks, threads = chunks_of([str(file) for file in files]), torch.get_num_threads()
    spent = take_turns(
        rounds,
        encoder=lambda: list(in_streams(lambda photo: encode_views(encoder, photo), ready, threads)),
        answers=lambda: list(answer_chunks(recognizer, chunks)),
    )
    each, alone = (milliseconds(spent[name], len(files)) for name in ("answers", "encoder"))
    return Line(
        f"a folder of {len(files)} photos, files to answers, {len(learner.keys):,} classes",
        Ratio.of(spent["answers"], spent["encoder"]),
        f"encoder on ready tensors, {alone:.1f} ms a photo, three views",
        1 / 0.95,
        note=f"{each:.1f} ms a photo",
        processor=Ratio.of(spent["answers"].processor, spent["encoder"].processor),
    )


def _line(what: str, spent: Times, forward: Times, reach: float, precision: str = "alone") -> Line:
    limit = f"encoder forward {precision}, {milliseconds(forward):.1f} ms"
    note, processor = f"{milliseconds(spent):.1f} ms", Ratio.of(spent.processor, forward.processor)
    return Line(what, Ratio.of(spent, forward), limit, reach, note=note, processor=processor)
