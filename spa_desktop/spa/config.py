"""The settings of the method: one set for every data set and every backbone."""

from __future__ import annotations

from dataclasses import dataclass, fields

VIEWS = 3  # of a photo: as it is, mirrored, and its middle
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


# This share of the known photos is to be kept: see :mod:`spa_desktop.spa.familiarity`.
KEPT_SHARE = 0.95
# What another class is expected to add to the odds against the likeliest, chosen by `benchmarks.unknown_photos`.
ADDED_ODDS = 0.1
# Fewer held-out photos than these say nothing of where that share lies.
FEWEST_HELD_OUT = 10


@dataclass(frozen=True)
class SpaConfig:
    """Settings of :class:`~spa_desktop.spa.learner.SpaLearner`.

    Attributes:
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

    patches: int = 16
    tokens: int = 8
    epsilon: float = 0.05
    dustbin_similarity: float = 0.0
    global_shrinkage: float = 0.2
    density_share: float = 0.5
    projector_shrinkage: float = 0.5
    patch_shrinkage: float = 0.3
    rank: int = 6
    text_rank: int = 32
    text_ridge: float = 4.0
    ridge: float = 0.1
    gain: float = 5.0
    steps: int = 60
    learning_rate: float = 0.03
    logit_scale: float = 20.0
    pseudo_features: int = 8
    folds: int = 4
    kept_photos: int = 32
    text_selection: float = 0.5
    use_descriptions: bool = True
    use_selection: bool = True
    use_transport: bool = True
    use_projectors: bool = True
    use_texture: bool = True
    use_pseudo_features: bool = True

    def __post_init__(self) -> None:
        """Look at every value.

        Raises:
            ValueError: if one is of another type, not finite or out of bounds: settings may be a stranger's.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type == "bool":
                if not isinstance(value, bool):
                    raise ValueError(f"{field.name} is {value!r}: give True or False")
                continue
            low, high = _BOUNDS[field.name]
            is_number = isinstance(value, int if field.type == "int" else (int, float)) and not isinstance(value, bool)
            if not is_number or not low <= value <= high:
                kind = "a whole number" if field.type == "int" else "a number"
                raise ValueError(f"{field.name} is {value!r}: give {kind} from {low:g} to {high:g}")


_BOUNDS: dict[str, tuple[float, float]] = {
    "patches": (1, 4096),
    "tokens": (1, 64),
    "epsilon": (0.001, 10),
    "dustbin_similarity": (-1, 1),
    "global_shrinkage": (0.001, 1),
    "density_share": (0, 100),
    "projector_shrinkage": (0.001, 1),
    "patch_shrinkage": (0.001, 1),
    "rank": (0, 256),
    "text_rank": (1, 1024),
    "text_ridge": (0.001, 1000),
    "ridge": (0.001, 1000),
    "gain": (0, 1000),
    "steps": (0, 10_000),
    "learning_rate": (0, 10),
    "logit_scale": (0.01, 1000),
    "pseudo_features": (0, 1000),
    "folds": (2, 20),  # one would hold out whole classes
    "kept_photos": (1, 10_000),
    "text_selection": (0, 100),
}
