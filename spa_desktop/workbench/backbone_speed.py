"""How fast a backbone is on this computer."""

from __future__ import annotations

import time
from dataclasses import dataclass

from spa_desktop.jobs import Job

_SECONDS = 2.0


@dataclass(frozen=True)
class Speed:
    """What :func:`measure_speed` found.

    Attributes:
        backbone: its name.
        device: where it ran: "cpu", "cuda" or "mps".
        photos: views of photos that were encoded in a second.
    """

    backbone: str
    device: str
    photos: float


def measure_speed(backbone: str, device: str = "auto", job: Job | None = None) -> Speed:
    """Encode noise for two seconds. Reading photos from disk is not in it.

    Raises:
        InputError: if the backbone is unknown, or its weights are not on this computer.
        Cancelled: if the job was cancelled.
    """
    import torch

    from spa_desktop.encoders.backbones import load_encoder

    job = job or Job()
    encoder = load_encoder(backbone, device=device, on_message=job.message)
    side = encoder.input_size
    images = torch.rand(encoder.batch_size, 3, side, side, generator=torch.Generator().manual_seed(0))
    # The first batch also pays for what is set up once.
    encoder.encode_images(images)
    count, began = 0, time.monotonic()
    while time.monotonic() - began < _SECONDS:
        job.check()
        encoder.encode_images(images)
        count += len(images)
    return Speed(backbone, encoder.device.type, count / (time.monotonic() - began))
