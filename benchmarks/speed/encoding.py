"""The encoder against plain open_clip and against itself by torch, and a folder of photos against ready tensors."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from benchmarks.speed.table import Line
from benchmarks.speed.timing import Ratio, milliseconds, take_turns
from spa_desktop.encoders import lite_files
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.lite_torch import assemble, torch_towers
from spa_desktop.encoders.photo_stream import encode_files, encode_views, inputs_of
from spa_desktop.jobs import in_streams
from spa_desktop.photos.opening import open_photo

BATCHES = (1, 4, 16)
LEAST_COSINE = 1 - 1e-3


def encoder_line(encoder: ClipEncoder, files: list[Path], rounds: int) -> Line:
    """Both encode the same real photos on the CPU, plain open_clip in the batch that suits it best."""
    read = encoder.image_projection[: encoder.patch_width]
    shipped = lite_files.read_projections(lite_files.read_config())
    plain = assemble({**shipped, "image_projection": read}, logit_scale=1.0)
    images = torch.stack([encoder.preprocess(open_photo(file, at_least=2 * encoder.input_size)) for file in files])

    @torch.no_grad()
    def plainly(batch: int) -> Tensor:
        return torch.cat([plain.encode_image(part) for part in images.split(batch)])

    def ours() -> Tensor:
        return torch.cat([encoder.encode_images(part).pooled for part in images.split(encoder.batch_size)])

    cosines = cosine_similarity(plainly(BATCHES[0]), encoder.project(ours()), dim=1)
    assert float(cosines.min()) >= LEAST_COSINE, f"features differ: cosine {float(cosines.min()):.6f}"
    tried = {batch: take_turns(1, warm_up=0, plain=lambda b=batch: plainly(b))["plain"][0] for batch in BATCHES}
    best = min(BATCHES, key=lambda batch: tried[batch])
    spent = take_turns(rounds, plain=lambda: plainly(best), ours=ours)
    return Line(
        "encoder on the CPU",
        Ratio.of(spent["plain"], spent["ours"]),
        f"plain open_clip, batch {best}, {milliseconds(spent['plain'], len(files)):.1f} ms a photo",
        3.0,
        is_speedup=True,
        note=f"batch {encoder.batch_size}, {milliseconds(spent['ours'], len(files)):.1f} ms; least cosine of the "
        f"features {float(cosines.min()):.6f}",
    )


def torch_lines(encoder: ClipEncoder, files: list[Path], rounds: int) -> list[Line]:
    """spa-lite by ONNX Runtime against the same towers by torch, as other devices have them: batch norms folded."""
    by_torch = ClipEncoder(torch_towers(), name=encoder.name)
    return _twin_lines(
        "encoder by ONNX Runtime", encoder, "by torch", by_torch, files, rounds, reach=(2.0, 2.0, 1.4), same=1 - 1e-5
    )


def eight_bit_lines(encoder: ClipEncoder, files: list[Path], rounds: int) -> list[Line]:
    """spa-lite-int8 against spa-lite."""
    eight = load_encoder(lite_files.EIGHT_BIT, device="cpu")
    return _twin_lines(
        "encoder in eight bits", eight, "in single precision", encoder, files, rounds, reach=(2.0, 2.0, 1.7), same=0.98
    )


def _twin_lines(
    title: str,
    encoder: ClipEncoder,
    words: str,
    other: ClipEncoder,
    files: list[Path],
    rounds: int,
    *,
    reach: tuple[float, ...],
    same: float,
) -> list[Line]:
    photos = [open_photo(file, at_least=2 * encoder.input_size) for file in files]
    ready = [encoder.preprocess(photo)[None] for photo in photos]

    def one_by_one(by: ClipEncoder) -> None:
        for inputs in ready:
            by.encode_images(inputs)

    def live(by: ClipEncoder) -> None:
        for photo in photos:
            by.encode_images(by.preprocess(photo, quickly=True)[None])

    features, expected = (torch.cat([by.encode_images(one).pooled for one in ready]) for by in (encoder, other))
    least = float(cosine_similarity(features.double(), expected.double(), dim=1).min())
    assert least >= same, f"features differ: cosine {least:.8f}"
    tasks = {
        "one photo, ready": one_by_one,
        "one photo, a camera's": live,
        "a folder, three views": lambda by: list(encode_files(by, files)),
    }
    lines = []
    for (what, task), wanted in zip(tasks.items(), reach, strict=True):
        spent = take_turns(rounds, other=partial(task, other), this=partial(task, encoder))
        lines.append(
            Line(
                f"{title}: {what}",
                Ratio.of(spent["other"], spent["this"]),
                f"{words}, {milliseconds(spent['other'], len(files)):.1f} ms a photo",
                wanted,
                is_speedup=True,
                note=f"{milliseconds(spent['this'], len(files)):.1f} ms; least cosine {least:.8f}",
                processor=Ratio.of(spent["other"].processor, spent["this"].processor),
            )
        )
    return lines


def folder_line(encoder: ClipEncoder, files: list[Path], rounds: int) -> Line:
    """From files, against the same photos as ready tensors; in all views, as photos are learned.

    Tensors are encoded in batches by all cores, and on a CPU photo by photo in streams as well: the faster counts.
    """
    photos = [open_photo(file, at_least=2 * encoder.input_size) for file in files]
    ready = torch.stack([inputs_of(encoder, photo) for photo in photos])

    def in_batches() -> None:
        for batch in ready.split(encoder.batch_size):
            encode_views(encoder, batch)

    def streamed() -> None:
        list(in_streams(lambda photo: encode_views(encoder, photo), ready.split(1), torch.get_num_threads()))

    limits = {"batches": in_batches, **({"streams": streamed} if encoder.device.type == "cpu" else {})}
    spent = take_turns(rounds, files=lambda: list(encode_files(encoder, files)), **limits)
    best = min(limits, key=lambda name: milliseconds(spent[name]))
    others = [f"{milliseconds(spent[name], len(files)):.1f} ms in {name}" for name in limits if name != best]
    return Line(
        f"encoding a folder of {len(files)} photos",
        Ratio.of(spent["files"], spent[best]),
        f"encoder on ready tensors in {best}, {milliseconds(spent[best], len(files)):.1f} ms a photo, three views"
        + "".join(f" ({other})" for other in others),
        1.10,
        note=f"{milliseconds(spent['files'], len(files)):.1f} ms a photo",
    )
