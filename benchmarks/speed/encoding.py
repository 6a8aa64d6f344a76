"""The encoder against plain open_clip, and a folder of photos against ready tensors."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from benchmarks.speed.table import Line
from benchmarks.speed.timing import Ratio, milliseconds, take_turns
from spa_desktop.clip import lite
from spa_desktop.clip.encoder import ClipEncoder
from spa_desktop.clip.stream import encode_files, encode_views, open_inputs
from spa_desktop.clip.streams import in_streams

BATCHES = (1, 4, 16)
LEAST_COSINE = 1 - 1e-3


def encoder_line(encoder: ClipEncoder, files: list[Path], rounds: int) -> Line:
    """Both encode the same real photos on the CPU, plain open_clip in the batch that suits it best."""
    read = encoder.image_projection[: encoder.patch_width]
    texts_unused = {"text_projection": torch.zeros(384, encoder.dim), "text_bias": torch.zeros(encoder.dim)}
    plain = lite.assemble({"image_projection": read, **texts_unused}, logit_scale=1.0)
    images = torch.stack([open_inputs(encoder, file, 1)[0] for file in files])

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
        1.5,
        is_speedup=True,
        note=f"batch {encoder.batch_size}, {milliseconds(spent['ours'], len(files)):.1f} ms; least cosine of the "
        f"features {float(cosines.min()):.6f}",
    )


def folder_line(encoder: ClipEncoder, files: list[Path], rounds: int) -> Line:
    """From files, against the same photos as ready tensors; in all views, as photos are learned.

    Tensors are encoded in batches by all cores, and on a CPU photo by photo in streams as well: the faster counts.
    """
    ready = torch.stack([open_inputs(encoder, file) for file in files])

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
