"""What learning a class takes, for the app and the Python API: its text, its exemplars, progress, and enough memory."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from spa_desktop.descriptions.model import Exemplar, ExemplarFeatures
from spa_desktop.errors import FilledText, InputError
from spa_desktop.jobs import Job, Stage
from spa_desktop.spa.config import THING_VIEWS, VIEWS, SpaConfig
from spa_desktop.visible import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.feature_store import FeatureStore, PhotoRef
    from spa_desktop.ray_cluster import Cluster
    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.spa.memory import ClassText
    from spa_desktop.spa.projectors import TrainingStep
    from spa_desktop.spa.training import Progress

# The text of a class as the method takes it: name, description and phrases as features.


def readable_name(name: str) -> str:
    """A class name as one would say it: folders use underscores for blanks.

    >>> readable_name("Red_Bell_Pepper")
    'Red Bell Pepper'
    """
    return " ".join(name.replace("_", " ").split())


def encode_class_text(encoder: ClipEncoder, name: str, sentence: str = "", phrases: Sequence[str] = ()) -> ClassText:
    """Encode the text of a class: its name as a folder or a user writes it, its description, its phrases.

    The name stands for a sentence that is "". Each phrase becomes a semantic token; without any the description is the
    only one. Of an encoder without texts all of it is zeros.
    """
    from spa_desktop.spa.memory import ClassText

    if not encoder.has_texts:
        return ClassText.from_name(encoder.image_projection.new_zeros(encoder.dim))
    title = f"a photo of a {readable_name(name)}."
    features = encoder.encode_texts([title, sentence or title, *phrases])
    return ClassText.from_tokens(features.sentence[0], features.sentence[1], features.tokens[2:], features.mask[2:])


def config_for(encoder: ClipEncoder, config: SpaConfig | None = None) -> SpaConfig:
    """The settings of the method, without those parts that bring photos and texts together where there are no texts.

    The evidence "text" is then 0, patches are selected by photos alone, and a class has one semantic token: the mean of
    its selected patches.
    """
    config = config or SpaConfig()
    if encoder.has_texts:
        return config
    return replace(config, use_descriptions=False, use_projectors=False, use_pseudo_features=False, steps=0)


# The photos that show a class to a writer of descriptions, or what the learner remembers in their place.

EXEMPLARS = 6

_Key = TypeVar("_Key", bound=Hashable)
_T = TypeVar("_T")
_GLANCE = 6, 200  # photos of each other class, and other classes, that a class is compared with


def looks_of(store: FeatureStore, classes: Mapping[_Key, Sequence[PhotoRef]]) -> dict[_Key, Tensor]:
    """What classes look like at a glance, ``(W,)`` each: of photos whose features are at hand, of very many classes."""
    import torch

    from spa_desktop.spa.exemplars import mean_looks

    photos, most = _GLANCE
    refs_of = {}
    for key in [*classes][:: -(-len(classes) // most) or 1]:
        refs = [photo for photo in classes[key][:: -(-len(classes[key]) // photos) or 1] if store.has_pooled(photo)]
        if refs:
            refs_of[key] = refs
    pooled = store.pooled([ref for refs in refs_of.values() for ref in refs])[:, 0, : store.encoder.width]
    groups = torch.split(pooled, [len(refs) for refs in refs_of.values()])
    return {key: mean_looks([rows])[0] for key, rows in zip(refs_of, groups, strict=True)}


def choose_photos(
    store: FeatureStore,
    photos: Sequence[PhotoRef],
    count: int,
    *,
    seed: int,
    looks: Mapping[_Key, Tensor] | None = None,
    own: _Key | None = None,
) -> list[PhotoRef]:
    """Photos that are typical of a class and different from each other: at most `count`, the most typical first.

    The same seed gives the same photos. Photos that are more like another one of the classes of :func:`looks_of` than
    like their `own` are left out. Raises InputError if the features of a photo are neither in the cache nor to be had
    from it.
    """
    from spa_desktop.spa.exemplars import choose_exemplars

    pooled = store.pooled(photos)[:, 0, : store.encoder.width]
    others = [look for key, look in (looks or {}).items() if key != own]
    return [photos[row] for row in choose_exemplars(pooled, count, seed=seed, others=others)]


def remembered_features(learner: SpaLearner, key: str) -> ExemplarFeatures:
    """The class mean and the grounded tokens of a class, for one whose photos are gone. They are no places on a photo.

    Raises KeyError if the class was not learned.
    """
    from spa_desktop.spa.gaussians import from_gaussian_space

    memory = learner.memory
    if memory is None:
        raise KeyError(key)
    index = memory.index(key)
    pooled = from_gaussian_space(memory.globals.means[index], rectified=memory.rectified)
    return ExemplarFeatures(pooled[None].cpu(), memory.classes[index].grounded[None].cpu())


def remembered_exemplar(learner: SpaLearner, key: str) -> Exemplar:
    """What stands for the exemplars of a class whose photos are not at hand."""
    return Exemplar(Path(key), key, lambda: remembered_features(learner, key))


# What a model looks at: the whole photo, or the thing that it shows.

_LOOKS_AT = {
    VIEWS: QT_TRANSLATE_NOOP("errors", "the whole photo"),
    THING_VIEWS: QT_TRANSLATE_NOOP("errors", "the thing"),
}
_COMPARED, _LOOKED_OVER = 32, 8  # photos of a class, at even steps: of a first task, and of a later one


def looks_at(views: int) -> str:
    """What so many views of a photo look at, in words."""
    return _LOOKS_AT[views]


def compared(photos: Sequence[_T], most: int = _COMPARED) -> list[_T]:
    """Those photos of a class, at most so many, by which :func:`chosen_views` compares."""
    return list(photos)[:: -(-len(photos) // most) or 1]


def chosen_views(
    store: FeatureStore,
    classes: Sequence[Sequence[PhotoRef]],
    config: SpaConfig,
    job: Job,
    focus: str = "auto",
    cluster: Cluster | None = None,
) -> FeatureStore:
    """The store of the views that a model which has learned nothing is to have of its first classes' photos.

    "photo" and "thing" say it; "auto" takes the thing where photos that are left out are told better by it: see
    :func:`~spa_desktop.spa.leave_one_out.left_out_losses`. Backbones that find no thing look at the whole photo, and
    "thing" is an InputError of theirs.
    """
    from spa_desktop.spa.leave_one_out import are_lower

    whole, thing, finds = store.seeing(VIEWS), store.seeing(THING_VIEWS), store.encoder.finds_things
    if focus == "thing" and not finds:
        text = QT_TRANSLATE_NOOP(
            "errors", "Backbone {name} looks at the whole photo: set what to look at to auto or photo"
        )
        raise InputError(text, name=store.encoder.name)
    if focus != "auto" or not finds:
        return thing if focus == "thing" else whole
    losses = _left_out_losses(store, classes, config, job, cluster, _COMPARED)
    if losses is None:
        text = QT_TRANSLATE_NOOP(
            "errors", "Looks at: the whole photo, as some photos are gone, and only what that tells of them is kept"
        )
        job.message(text)
    if not losses:
        return whole
    chosen = thing if are_lower(losses[THING_VIEWS], losses[VIEWS]) else whole
    job.message(FilledText.of(QT_TRANSLATE_NOOP("errors", "Looks at: {reason}"), reason=looks_at(chosen.views)))
    return chosen


def shows_otherwise(
    store: FeatureStore,
    classes: Sequence[Sequence[PhotoRef]],
    config: SpaConfig,
    job: Job,
    cluster: Cluster | None = None,
    *,
    is_first_look: bool = False,
) -> bool:
    """Whether left-out photos of classes are told better by the views that the store of a model does not have.

    A first look takes fewer photos. Photos that are gone show nothing, nor do backbones that find no thing.
    """
    from spa_desktop.spa.leave_one_out import are_lower

    if not store.encoder.finds_things:
        return False
    losses = _left_out_losses(store, classes, config, job, cluster, _LOOKED_OVER if is_first_look else _COMPARED)
    other = VIEWS if store.views == THING_VIEWS else THING_VIEWS
    return are_lower(losses[other], losses[store.views]) if losses else False


def _left_out_losses(
    store: FeatureStore,
    classes: Sequence[Sequence[PhotoRef]],
    config: SpaConfig,
    job: Job,
    cluster: Cluster | None,
    most: int,
) -> dict[int, Tensor] | None:
    """Log-losses of left-out photos by views; none where there is nothing to compare, None where photos are gone."""
    from spa_desktop.spa.leave_one_out import left_out_losses

    some = [compared(photos, most) for photos in classes if len(photos) > 1]
    if len(some) < 2:
        return {}
    stores = store.seeing(THING_VIEWS), store.seeing(VIEWS)
    refs = [photo for photos in some for photo in photos]
    if any(seen.ensure(refs, job, cluster=cluster) for seen in stores):
        return None
    encoder = store.encoder
    return {
        seen.views: left_out_losses(
            [seen.pooled(photos, keep=False) for photos in some], encoder.image_projection, config, encoder.prior
        )
        for seen in stores
    }


# A training's stages and steps as progress of a job.


def progress_of(job: Job) -> Progress:
    """What the learner reports to, to be shown by a job and to stop when the job does."""
    current: Stage | None = None

    def tell(stage: Stage, step: TrainingStep | None) -> bool:
        nonlocal current
        if stage != current:
            current = stage
            job.stage(stage, total=step.steps if step else None)
        if step is not None:
            if step.step == 1:
                job.stage(stage, total=step.steps)
            measured = {"loss": step.loss, "accuracy": None if step.accuracy is None else 100 * step.accuracy}
            job.advance(values={name: value for name, value in measured.items() if value is not None})
        job.check()
        return not job.is_stopping_early

    return tell


# What a learner does where a graphics card has too little memory: the same on the processor, and says so once.


def or_on_cpu(
    learner: SpaLearner, work: Callable[[SpaLearner], _T], on_message: Callable[[str], None] | None = None
) -> _T:
    """Do work with a learner, and again on the processor if the memory of its device runs out.

    `on_message` is called with one line then. Raises whatever else `work` raises.
    """
    from spa_desktop.encoders.device import forget_cached_memory, is_out_of_memory

    try:
        return work(learner)
    except (RuntimeError, MemoryError) as error:
        if learner.device.type == "cpu" or not is_out_of_memory(error):
            raise
    # Outside of the except block: there the error would keep the failed tensors alive.
    forget_cached_memory(learner.device)
    if on_message is not None:
        on_message(f"Memory on {learner.device.type} ran out while learning or scoring: going on with the CPU")
    return work(learner.to("cpu"))
