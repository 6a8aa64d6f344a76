"""The settings of the method: one set for every data set and every backbone."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

VIEWS = 3  # of a photo: as it is, mirrored, and its middle
# Of one that is seen as the thing in it: as it is, its middle, the square where the thing is, and that mirrored.
THING_VIEWS = 4
# What a model may be told to look at; "auto" looks at the thing where left-out photos are told better by it.
FOCUSES = ("auto", "photo", "thing")
# The kinds of evidence that a score adds up, each with a weight: see :mod:`spa_desktop.spa.scorer`.
EVIDENCE = ("text", "alignment", "patches", "global", "texture")
# What a photo is called that belongs to none of the classes, in files and in Python. The window translates it.
NONE_OF_THESE = "none of these"


def none_of_these(nearest: str) -> str:
    """The one sentence about such a photo; probabilities are among classes, and say nothing of it.

    >>> none_of_these("water lily")
    'None of these (nearest: water lily)'
    """
    return f"None of these (nearest: {nearest})"


# How honest that is, with 95 % kept: the mean and the worst of eight sets (`benchmarks.unknown_photos`).
STRANGERS_PASS = (
    "None of these: of quite other things 2 of 100 pass as a class, 8 on the worst of eight sets; of things of the "
    "same kind half, at worst 86"
)
# This share of the known photos is to be kept: see :mod:`spa_desktop.spa.familiarity`.
KEPT_SHARE = 0.95
# What another class is expected to add to the odds against the likeliest, chosen by `benchmarks.unknown_photos`.
ADDED_ODDS = 0.1
# What the cosine in the joint space counts in a familiarity, chosen by the same.
COSINE_WEIGHT = 1.5
# Fewer held-out photos than these say nothing of where that share lies.
FEWEST_HELD_OUT = 10


@dataclass(frozen=True, config={"strict": True, "extra": "forbid"})
class SpaConfig:
    """Settings of :class:`~spa_desktop.spa.learner.SpaLearner`. One that is out of bounds is a ValueError.

    Attributes:
        views: V, of a photo: 3 look at the whole of it, 4 at the thing that it shows.
        patches: K, how many patches of a photo are selected.
        tokens: J, the most phrases of a description that become semantic tokens.
        epsilon: weight of the transport's entropic term, in units of the cosine.
        dustbin_similarity: the cosine at which a patch lies in the dustbin: below it no phrase explains the patch.
        global_shrinkage: share of the mean variance in the covariance of global features and of textures, where they
            are scored.
        density_share: how much of their log-density, in units of the gap between classes, joins the cosine.
        projector_shrinkage: the same where projectors read them and pseudo-features are drawn.
        patch_shrinkage: the same for patches.
        rank: rank of a class's own covariance factor.
        text_rank: the most that the rank of a task's text projector may be.
        text_ridge: regularisation of the text projector, relative to the squared length of a text.
        ridge: the same, of the start of the image projector.
        gain: how far the image projector moves a photo at a class mean towards its text; the photo's own length is 1.
        steps: gradient steps of a task's image projector.
        learning_rate: of these steps, in units of the root mean square of the closed-form start.
        logit_scale: what cosines are multiplied with in the projector's loss.
        pseudo_features: how many are drawn for each old class in each step.
        folds: into how many parts a task's photos are split to set the weights of the score.
        kept_photos: the most photos a class keeps in memory, while it is learned, for projectors and weights.
        text_selection: weight of the description in the selection of patches, against what patches of photos say.
        use_descriptions: False leaves the class name as the only text.
        use_selection: False takes every patch.
        use_transport: False matches every patch with every token alike.
        use_projectors: False leaves both sides as the backbone gives them.
        use_texture: False scores by the global feature without its texture.
        use_pseudo_features: False learns projectors from the photos of the task alone.
    """

    views: Annotated[int, Field(ge=VIEWS, le=THING_VIEWS)] = VIEWS
    patches: Annotated[int, Field(ge=1, le=4096)] = 16
    tokens: Annotated[int, Field(ge=1, le=64)] = 8
    epsilon: Annotated[float, Field(ge=0.001, le=10)] = 0.05
    dustbin_similarity: Annotated[float, Field(ge=-1, le=1)] = 0.0
    global_shrinkage: Annotated[float, Field(ge=0.001, le=1)] = 0.2
    density_share: Annotated[float, Field(ge=0, le=100)] = 0.5
    projector_shrinkage: Annotated[float, Field(ge=0.001, le=1)] = 0.5
    patch_shrinkage: Annotated[float, Field(ge=0.001, le=1)] = 0.3
    rank: Annotated[int, Field(ge=0, le=256)] = 6
    text_rank: Annotated[int, Field(ge=1, le=1024)] = 32
    text_ridge: Annotated[float, Field(ge=0.001, le=1000)] = 4.0
    ridge: Annotated[float, Field(ge=0.001, le=1000)] = 0.1
    gain: Annotated[float, Field(ge=0, le=1000)] = 5.0
    steps: Annotated[int, Field(ge=0, le=10_000)] = 60
    learning_rate: Annotated[float, Field(ge=0, le=10)] = 0.03
    logit_scale: Annotated[float, Field(ge=0.01, le=1000)] = 20.0
    pseudo_features: Annotated[int, Field(ge=0, le=1000)] = 8
    folds: Annotated[int, Field(ge=2, le=20)] = 4  # one would hold out whole classes
    kept_photos: Annotated[int, Field(ge=1, le=10_000)] = 32
    text_selection: Annotated[float, Field(ge=0, le=100)] = 0.5
    use_descriptions: bool = True
    use_selection: bool = True
    use_transport: bool = True
    use_projectors: bool = True
    use_texture: bool = True
    use_pseudo_features: bool = True
