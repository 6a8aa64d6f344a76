"""The settings of the method that the user may change: kept with the project, used by the trainings that come."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project.documents import Json
from spa_desktop.spa.config import FOCUSES, SpaConfig
from spa_desktop.visible import QT_TRANSLATE_NOOP

# How fast a backbone is on this computer.

_SECONDS = 2.0


def measure_speed(backbone: str, device: str = "auto", job: Job | None = None) -> float:
    """Encode noise for two seconds, and give the views of photos a second. Reading photos from disk is not in it.

    Raises InputError if the backbone is unknown, or its weights are not on this computer.
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
    return count / (time.monotonic() - began)


SETTING = "method"
LIMITS: Mapping[str, tuple[float, float]] = {"patches": (1, 256), "epsilon": (0.005, 1.0), "exemplars": (1, 12)}


@dataclass(frozen=True)
class MethodSettings:
    """What the user may set of the method, from :data:`LIMITS`."""

    # K, how many patches of a photo are selected. Holds for what is learned from nothing: the sums of selected patches
    # of all classes are of the same K, so the model keeps its own.
    patches: int = SpaConfig.patches
    epsilon: float = SpaConfig.epsilon  # entropic regularisation of the transport. Holds from the next task on.
    # M, how many photos show a class to its writer. Holds for classes whose exemplars are chosen anew.
    exemplars: int = 6
    # What is looked at, one of FOCUSES; "auto" is decided by the first task. Holds for all: a model is learned anew.
    focus: str = "auto"

    def __post_init__(self) -> None:
        if self.focus not in FOCUSES:
            raise InputError(f"The method's setting focus is {self.focus!r}: give one of {', '.join(FOCUSES)}")
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            whole = name != "epsilon"
            is_number = isinstance(value, int) if whole else isinstance(value, int | float)
            if isinstance(value, bool) or not is_number or not low <= value <= high:
                kind = "whole number" if whole else "number"
                raise InputError(f"The method's setting {name} is {value!r}: give a {kind} from {low:g} to {high:g}")

    @property
    def summary(self) -> str:
        """What the history says of it."""
        focus = "" if self.focus == "auto" else f", focus {self.focus}"
        return f"K {self.patches}, epsilon {self.epsilon:g}, exemplars {self.exemplars}{focus}"

    def to_json(self) -> dict[str, Json]:
        """What differs from the defaults, so that better defaults of a later version reach the project."""
        return {name: value for name, value in asdict(self).items() if value != getattr(MethodSettings, name)}


def method_of(settings: Mapping[str, object]) -> MethodSettings:
    """The method of a project, from all of its settings. Raises InputError if a value makes no sense."""
    stored = settings.get(SETTING) or {}
    if not isinstance(stored, Mapping):
        raise InputError(QT_TRANSLATE_NOOP("errors", "The project's method settings are damaged: set them anew"))
    known = {field.name for field in fields(MethodSettings)}
    return MethodSettings(**{name: value for name, value in stored.items() if name in known})
