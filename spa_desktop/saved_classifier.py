"""A classifier as bytes and back: what `SpaClassifier.save` writes and a pickle of one holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from spa_desktop.errors import InputError
from spa_desktop.photo_inputs import MOST_PHRASES, BadInput, Label, label_of
from spa_desktop.plain_files import read_plain_file
from spa_desktop.spa.config import VIEWS

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.spa.learner import SpaLearner

EARLIER = re.compile(rb'.{8}\{"__metadata__":\{"(classifier|spa)":"\{', re.DOTALL)  # how a saved classifier begins
_SETTINGS = ("views", "focus", "batch_size", "random_state")
LARGEST = 2 << 30  # bytes of a saved classifier: 46,000 classes of spa-lite


class SavedClassifier(BaseModel, extra="forbid", strict=True):
    """What a saved classifier says beside its learner."""

    version: Annotated[int, Field(ge=1)]
    backbone: Annotated[str, Field(max_length=4096)]
    fingerprint: Annotated[str, Field(max_length=256)]
    seed: int
    labels: Annotated[list[str] | list[int] | list[bool], Field(max_length=100_000)]
    phrases: Annotated[list[Annotated[list[str], Field(max_length=MOST_PHRASES)]], Field(max_length=100_000)]
    # How the classifier was set. Left out where it is as ever, so that earlier versions read the file.
    views: Annotated[int, Field(ge=1, le=VIEWS)] = VIEWS
    focus: Literal["auto", "photo", "thing"] = "auto"
    batch_size: Annotated[int, Field(ge=1, lt=1 << 20)] | None = None
    random_state: int | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What the constructor of the classifier takes of it."""
        return {name: getattr(self, name) for name in ("seed", *_SETTINGS)}

    @classmethod
    def written(
        cls,
        learner: SpaLearner,
        encoder: ClipEncoder,
        backbone: str,
        settings: Mapping[str, Any],
        phrases: Mapping[Label, Sequence[str]],
    ) -> bytes:
        """A file's bytes (safetensors), of a learner that knows something and the encoder that it learned with.

        The encoder can be loaded again by the name of the backbone. Settings are those of the classifier, by name;
        phrases are of each label, in the learner's order.
        """
        from spa_desktop.spa.learner import to_bytes

        about = cls(
            version=1,
            backbone=backbone,
            fingerprint=encoder.fingerprint,
            seed=int(settings["seed"]),
            **{name: settings[name] for name in _SETTINGS},
            labels=list(phrases),  # type: ignore[arg-type]  # all of one kind
            phrases=[list(some) for some in phrases.values()],
        )
        return to_bytes(learner, notes={"classifier": about.model_dump_json(exclude_defaults=True)})

    @classmethod
    def read(cls, blob: bytes, name: object) -> SavedClassifier:
        """What bytes say that :meth:`written` gave; `name` is what errors call them.

        Raises InputError if it is no saved classifier, is damaged, or of a newer version.
        """
        from spa_desktop.spa.learner_format import LearnerDamaged, read_notes

        try:
            about = cls.model_validate_json(read_notes(blob)["classifier"])
        except (KeyError, LearnerDamaged):
            raise InputError(f"{name} is no saved classifier: give a file that SpaClassifier.save wrote") from None
        except ValidationError:
            raise InputError(f"{name} is damaged: what it says of its classes cannot be read") from None
        if about.version > 1:
            raise InputError(f"{name} comes from a newer version of the app: update the app to open it")
        if not len(about.labels) == len(set(about.labels)) == len(about.phrases):
            raise InputError(f"{name} is damaged: its labels do not fit together")
        try:
            for label in about.labels:
                label_of(label)
        except BadInput as error:
            raise InputError(f"{name} is damaged: {error}") from None
        return about

    def learner(self, blob: bytes, encoder: ClipEncoder, name: object) -> SpaLearner:
        """The learner of the same bytes.

        Raises InputError if the encoder has other weights, or the bytes are damaged.
        """
        from spa_desktop.spa.learner import from_bytes

        if encoder.fingerprint != self.fingerprint:
            raise InputError(f"{name} was made with other weights of {self.backbone} than those here")
        keys = [str(index) for index in range(len(self.labels))]
        try:
            return from_bytes(blob, encoder.image_projection.to(encoder.device), keys=keys)
        except InputError as error:
            raise InputError(f"{name}: {error}") from None


def read_saved(path: Path, *, has_encoder: bool = False) -> tuple[SavedClassifier, bytes]:
    """What a saved file says, and its bytes. Who saved it may be a stranger, and name any file of this computer.

    `has_encoder`: the backbone that it names is not loaded, as the caller has one. Raises InputError if it cannot be
    read, as :meth:`SavedClassifier.read`, or its backbone was not agreed to.
    """
    from spa_desktop.descriptions.consent import is_allowed
    from spa_desktop.encoders.backbones import checked_name

    try:
        blob = read_plain_file(path, LARGEST)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    about = SavedClassifier.read(blob, path)
    if not has_encoder:
        checked_name(about.backbone, is_allowed)
    return about, blob
