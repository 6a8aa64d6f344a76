"""Recognise photos and explain the answers: the one way from a photo to classes, whoever asks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spa_desktop.descriptions.measured import NAMES, lab_of, names_of
from spa_desktop.jobs import stream_pool, torch_threads
from spa_desktop.learning import or_on_cpu
from spa_desktop.metrics import new_axes
from spa_desktop.spa.config import EVIDENCE, KEPT_SHARE, NONE_OF_THESE, THING_VIEWS

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.encoders.features import FeatureMaps
    from spa_desktop.feature_store import FeatureStore
    from spa_desktop.photos.opening import Photo
    from spa_desktop.project.documents import Frame
    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.spa.scorer import Scored, Whole

# Where in a photo a phrase is true, as far as the score and the pixels tell (ours; docs/method.md, 10): the product of
# what the plan gives it of the patches there, of what the place adds to the score of the class, and of the colours that
# it names. Of a background the second is turned round: it is where there is no evidence for the class.

Floats = NDArray[np.float32]

_PIXELS = 6  # along a side of a cell: enough to tell shares of colours
_SPELLINGS = {"gray": "grey", "golden": "yellow"}
_BACKGROUND = "background"


def pixels_of(photo: Image.Image, crop: tuple[float, float, float, float], side: int) -> NDArray[np.uint8]:
    """The part of a photo that the encoder sees, small: ``(6 side, 6 side, 3)``."""
    from PIL import Image

    left, top, right, bottom = (round(edge) for edge in crop)
    return np.asarray(
        photo.crop((left, top, right, bottom)).resize((_PIXELS * side,) * 2, Image.Resampling.BOX).convert("RGB")
    )


def phrase_lights(
    phrases: Sequence[str],
    plan: Floats,
    selected: NDArray[np.int64],
    grid: tuple[int, int],
    places: Floats,
    pixels: NDArray[np.uint8],
) -> Floats:
    """The light of J phrases ``(J, s, s)``, from 0 to 1, the brightest place as 1; 0 where none has all it takes.

    The plan ``(K, J)`` says what each phrase takes of each patch, `selected` ``(K,)`` where these are on the grid,
    `places` ``(s, s)`` what each cell of the photo adds to the class's score. Pixels are from :func:`pixels_of` for as
    many cells.
    """
    from PIL import Image

    side = len(places)
    spoke = places.clip(min=0) / max(float(places.max()), 1e-12)
    colours = None
    lights = np.zeros((len(phrases), side, side), np.float32)
    for index, phrase in enumerate(phrases):
        taken = np.zeros(grid[0] * grid[1], np.float32)
        taken[selected] = plan[:, index]
        fine = Image.fromarray(taken.reshape(grid)).resize((side, side), Image.Resampling.BILINEAR)
        light = np.asarray(fine, dtype=np.float32).clip(min=0) * spoke
        if phrase.lower().endswith(_BACKGROUND):
            light = 1 - spoke
        if named := colours_named(phrase):
            colours = names_of(lab_of(pixels)) if colours is None else colours
            has = np.isin(colours, [NAMES.index(name) for name in named])
            light = light * has.reshape(side, _PIXELS, side, _PIXELS).mean((1, 3), dtype=np.float32)
        most = float(light.max())
        lights[index] = light / most if most > 0 else 0
    return lights


def colours_named(phrase: str) -> list[str]:
    """The basic colours that a phrase names.

    >>> colours_named("Red cap with white spots"), colours_named("round fruit")
    (['red', 'white'], [])
    """
    words = re.findall(r"[^\W\d_]+", phrase.lower())
    return [name for word in words if (name := _SPELLINGS.get(word, word)) in NAMES]


@dataclass(frozen=True)
class KnownClass:
    """What is shown of a class that was learned: its name, and the words that it was learned with."""

    name: str
    phrases: tuple[str, ...] = ()
    sentence: str = ""


@dataclass(frozen=True)
class Answer:
    """One class and how probable it is, 0 to 1."""

    class_id: int
    name: str
    probability: float


@dataclass(frozen=True)
class Explanation:
    """Why a photo's score of one class is above, or below, that of another. All of it is what the score used.

    Arrays are copies that nobody changes. Patches are those of the photo as it is; the other views, which the score
    sees as well, have patches of their own, which are in `shares` but not in `patch_shares`.

    Attributes:
        class_id: the class.
        against_id: the other class; None where there is none, and nothing is compared.
        probability: of the class, 0 to 1.
        against_probability: of the other class; 0 where there is none.
        phrases: J phrases, those that the class was learned with.
        grid: ``(h, w)``.
        crop: ``(left, top, right, bottom)``, the part of the photo that the grid covers, in its pixels.
        shares: what each kind of evidence adds to the difference of the two scores, which is their sum.
        selected: ``(K,)``, which patches the score used, row by row on the grid.
        patch_shares: ``(K,)``, what each of them adds to the difference, by "alignment" and "patches".
        plan: ``(K, J)``, what each phrase takes of each patch.
        dustbin: ``(K,)``, what no phrase takes. Each row of `plan` and `dustbin` sums to 1 / K.
        similarity: ``(K, J)``, cosines of patches and phrases as they were compared.
        places: ``(s, s)``, what each cell of the crop adds to the difference of the scores: by all kinds of evidence
            and in all views, so the cells sum to the sum of `shares`. What belongs to no place is spread evenly. None
            where the backbone does not tell places apart, where nothing is compared, or without `closely`.
        lights: ``(J, s, s)``, where each phrase is true: see :func:`phrase_lights`. None where `places` is,
            and of a picture that is seen in one view.
        sentence: what the class was learned with beside its phrases, and is compared with the photo as a whole; "" of
            one that says no more than they do, or that is the only phrase.
        photo: as it was opened, of what `SpaClassifier.explain` gives; else None.
    """

    class_id: int
    against_id: int | None
    probability: float
    against_probability: float
    phrases: tuple[str, ...]
    grid: tuple[int, int]
    crop: tuple[float, float, float, float]
    shares: Mapping[str, float]
    selected: NDArray[np.int64]
    patch_shares: Floats
    plan: Floats
    dustbin: Floats
    similarity: Floats
    places: Floats | None = None
    lights: Floats | None = None
    sentence: str = ""
    photo: Image.Image | None = field(default=None, repr=False, compare=False)

    def plot(self, ax: Any = None) -> Any:
        """Draw the photo with its `heat`, and the `shares` as bars, into two axes of matplotlib, and return them.

        None makes new ones. Raises InputError where matplotlib is missing.
        """
        axes = new_axes(2) if ax is None else ax
        where, kinds = axes
        left, top, right, bottom = self.crop
        where.imshow(self.heat, cmap="inferno", extent=(left, right, bottom, top))
        if self.photo is not None:
            width, height = self.photo.size
            where.imshow(np.asarray(self.photo), extent=(0, width, height, 0), alpha=0.5)
        where.set_axis_off()
        kinds.barh(list(self.shares), list(self.shares.values()))
        kinds.axvline(0, color="black", linewidth=1)
        kinds.invert_yaxis()
        kinds.set(xlabel="For the class (right), or against it (left)")
        return axes

    @property
    def heat(self) -> Floats:
        """``(h', w')`` from 0 to 1: how much each place spoke for the class, as finely as is known, the most as 1."""
        if self.places is None:
            return self.weights.reshape(self.grid)
        spoke: Floats = self.places.clip(min=0)
        return spoke / max(float(spoke.max()), 1e-12)

    @property
    def patch_map(self) -> Floats:
        """``(h * w,)``, the patch shares on the grid; 0 for patches that the score did not use."""
        found = np.zeros(self.grid[0] * self.grid[1], dtype=np.float32)
        found[self.selected] = self.patch_shares
        return found

    @property
    def weights(self) -> Floats:
        """``(h * w,)`` from 0 to 1: how much each patch spoke for the class, the most as 1; 0 where it did not.

        With one class there is nothing to speak against: all patches that were used count alike.
        """
        spoke: Floats = self.patch_map.clip(min=0)
        if self.against_id is None:
            spoke[self.selected] = 1
        most = float(spoke.max())
        return spoke / most if most > 0 else spoke


@dataclass(frozen=True)
class Recognition:
    """What a photo was predicted as."""

    top: tuple[Answer, ...]  # the most probable classes, best first
    # gives the explanation of a class against another, None for the best one that is left; KeyError for a class that
    # the photo was not aligned with
    explain: Callable[[int, int | None], Explanation] = field(repr=False, compare=False)
    milliseconds: float  # from the photo in memory to the answer, without the explanation
    familiarity: float = 1.0  # how like one class that was learned the photo is: see :mod:`spa_desktop.spa.familiarity`
    # below it a photo belongs to none of the classes; None where the model does not tell
    threshold: float | None = None
    known: float | None = None  # 0 to 1, does the photo belong to any class, 0.5 at the threshold; None where that is
    # scores, familiarity and the photo as a whole, in half precision: what answers a folder together needs. Empty of a
    # recogniser that was not asked for looks.
    look: bytes = field(default=b"", repr=False)
    seen: Seen | None = field(default=None, repr=False, compare=False)  # the photo, for further questions

    @cached_property
    def explanation(self) -> Explanation:
        """Of the best class against the second: made when it is first asked for, as most answers are not explained."""
        return self.explain(self.top[0].class_id, None)

    @property
    def is_explained(self) -> bool:
        """The explanation was made: asking for it takes no time."""
        return "explanation" in self.__dict__

    @property
    def is_known(self) -> bool:
        """False for a photo that belongs to none of the classes. Where that cannot be measured, all count as known."""
        return self.threshold is None or self.familiarity >= self.threshold

    @property
    def answer(self) -> str:
        """The name of the best class, or :data:`~spa_desktop.spa.config.NONE_OF_THESE`."""
        return self.top[0].name if self.is_known else NONE_OF_THESE


MOST_KEPT = 5_000  # photos whose features one recogniser adds to the cache: about a tenth of the least that it holds
_NOWHERE = (0.0, 0.0, 0.0, 0.0)  # of a photo whose places nobody asks for


@dataclass(frozen=True)
class Seen:
    """A photo as the encoder sees it: what every question about it can be answered from."""

    pooled: Tensor  # ``(V, W + T)`` before the projection
    patches: Tensor  # ``(V, N, D)`` behind it, the mirrored grid turned back
    crop: tuple[float, float, float, float]  # as in :class:`Explanation`
    milliseconds: float  # that it took
    # what the pooled features are made of, with `closely`, where the backbone gives them
    maps: FeatureMaps | None = None
    pixels: NDArray[np.uint8] | None = None  # the crop, small, with `closely`, of what is no live picture
    # of a live picture, what the learner of that moment says of it as a whole, computed beside the patches
    whole: tuple[SpaLearner, Whole] | None = None
    sha256: str = ""  # of the file's content, where it was read from one
    frame: Frame | None = None  # where a user says that the thing is, of a photo seen so

    @property
    def looked(self) -> Frame | None:
        """Where the model looked closely, as shares of the photo: the user's frame, or with `closely` its own square.

        None of a model that looks at the whole photo.
        """
        if self.frame is not None or self.maps is None or len(self.pooled) != THING_VIEWS:
            return self.frame
        left, top, right, bottom = self.crop
        corners = zip(self.maps.boxes[-1], (left, top) * 2, (right - left, bottom - top) * 2, strict=True)
        places = [low + share * span for share, low, span in corners]
        width, height = left + right, top + bottom  # the crop lies in the middle
        return places[0] / width, places[1] / height, places[2] / width, places[3] / height


class Recognizer:
    """A learner and its encoder, ready to answer for as long as nothing new is learned.

    What takes the number of a class raises KeyError where that was not learned. What scores raises SpaError where
    scores are no numbers, which only a damaged model makes.
    """

    def __init__(
        self,
        encoder: ClipEncoder,
        learner: SpaLearner,
        classes: Mapping[int, KnownClass],
        *,
        views: int | None = None,
        kept: float = KEPT_SHARE,
        with_looks: bool = False,
        store: FeatureStore | None = None,
    ) -> None:
        """Make ready, with the encoder whose features the learner learned from. The learner's keys are class numbers.

        None are the views that the learner learned from, and test photos are scored by; one is three times as fast, for
        live pictures, which are also made small in a quicker way. `kept` is the share of photos of known classes
        that is not to be answered "none of these". `with_looks`, rankings have looks, 6 kB each with spa-lite. `store`
        has features of photo files in as many views, None of none. Raises ValueError if nothing was learned; KeyError
        if a class of the learner is missing.
        """
        self._encoder, self.learner = encoder, learner
        self.views, self.kept, self.with_looks = views or learner.config.views, kept, with_looks
        self.class_ids = tuple(int(key) for key in learner.keys)
        self._classes = {key: classes[key] for key in self.class_ids}
        self.device_type = encoder.device.type  # "cpu", "cuda" or "mps"
        self._store, self._room = store, MOST_KEPT
        _ = learner.scorer

    def open(self, path: Path, *, sha256: str | None = None) -> Image.Image:
        """A photo file, with this content if `sha256` is given, as :meth:`see` wants it: decoded as those learned were.

        Raises PhotoError if it cannot be read, or is another photo.
        """
        return self.read(path, sha256=sha256).image

    def read(self, path: Path, *, sha256: str | None = None) -> Photo:
        """As :meth:`open`, with the hash of the file's content."""
        from spa_desktop.photos.opening import read_photo

        return read_photo(path, at_least=2 * self._encoder.input_size, sha256=sha256)

    def see_file(self, path: Path, *, closely: bool = False) -> Seen:
        """A photo file as :meth:`see` sees it, or as the store has it, where its places are not asked for.

        What the store lacks it keeps, of :data:`MOST_KEPT` photos. Raises PhotoError if it cannot be read.
        """
        from spa_desktop.photos.opening import hash_photo

        started = time.perf_counter()
        if self._store is not None and not closely:
            sha256 = hash_photo(path)
            if (features := self._store.recall(sha256)) is not None:
                return Seen(*features, _NOWHERE, _milliseconds_since(started), sha256=sha256)
        photo = self.read(path)
        return self.see(photo.image, closely=closely, already=_milliseconds_since(started), sha256=photo.sha256)

    def see(
        self,
        photo: Image.Image,
        *,
        closely: bool = False,
        already: float = 0.0,
        views: int | None = None,
        frame: Frame | None = None,
        sha256: str = "",
    ) -> Seen:
        """Encode an upright RGB photo, once for all questions; its features are those that the cache would keep.

        `closely` keeps what tells which places of the photo spoke, for explanations. So many milliseconds were spent
        `already`, for its opening. `views` holds for this photo alone, as a frame between others needs one only. The
        user's `frame` counts where the model looks at the thing. `sha256` is of the file's content, where it was read
        from one.
        """
        from spa_desktop.encoders.features import SIDE
        from spa_desktop.encoders.photo_stream import encode_closely, inputs_of

        started, views = time.perf_counter(), views or self.views
        if views == 1:
            inputs = self._encoder.preprocess(photo, quickly=True)[None, None]
        else:
            inputs = inputs_of(self._encoder, photo, views)[None]
        pooled, patches, maps = encode_closely(self._encoder, inputs, views, [photo], [frame], with_maps=closely)
        crop = self._encoder.crop_box(photo.size)
        whole, learner, threads = None, self.learner, torch_threads()
        if views == 1 and learner.device.type == "cpu" and threads > 1:
            # Most of what stands beside the encoder, in two halves at once: what is small gains nothing by more cores.
            pool = _halves(threads)
            judged, projected = pool.submit(learner.judge, pooled), pool.submit(self._project, patches[0])
            kept, whole = projected.result(), (learner, judged.result())
        elif sha256 and self._store is not None and self._room > 0:
            self._room -= 1
            kept = self._store.keep(sha256, pooled[0], patches[0])
        else:
            kept = self._project(patches[0])
        pixels = pixels_of(photo, crop, SIDE) if maps and views > 1 else None
        took = already + _milliseconds_since(started)
        frame = frame if views == THING_VIEWS else None
        return Seen(pooled[0], kept, crop, took, maps[0] if maps else None, pixels, whole, sha256, frame)

    def look_at(self, photo: Image.Image, seen: Seen, frame: Frame | None) -> Seen:
        """A photo that was seen closely, looked at in another frame, None for the model's own: two views are encoded.

        The same photo comes back where nothing changes.
        """
        from spa_desktop.encoders.features import salient_boxes
        from spa_desktop.encoders.photo_stream import encode_squares, framed_box, square_of

        if seen.frame == frame or seen.maps is None or len(seen.pooled) != THING_VIEWS:
            return seen
        import torch

        started, encoder = time.perf_counter(), self._encoder
        box: Sequence[float] = salient_boxes(seen.maps.last[:1], encoder.grid)[0].tolist()
        if frame is not None:
            box = framed_box(encoder, photo.size, frame)
        square = square_of(encoder, photo, box)[None]
        pooled, patches, (maps,) = encode_squares(encoder, square, [box], with_maps=True)
        return replace(
            seen,
            pooled=torch.cat([seen.pooled[:2], pooled[0]]),
            patches=torch.cat([seen.patches[:2], self._project(patches[0])]),
            maps=seen.maps.first(2).joined(maps),
            milliseconds=_milliseconds_since(started),
            frame=frame,
        )

    def see_files(self, paths: Sequence[str]) -> Generator[Seen | str]:
        """Encode photo files in batches, as devices other than the processor want them; a text says why one failed.

        What is seen so has no place on the photo (its crop is empty): it is for ranking, not for explaining.
        """
        from spa_desktop.encoders.photo_stream import encode_files

        started = time.perf_counter()
        for photo in encode_files(self._encoder, paths, views=self.views):
            if photo.error is not None:
                yield photo.error
            else:
                took = _milliseconds_since(started)
                yield Seen(photo.pooled, self._project(photo.patches), _NOWHERE, took, sha256=photo.sha256)
            started = time.perf_counter()

    def recognize_all(self, photos: Sequence[Seen], *, top: int = 5, align: Collection[int] = ()) -> list[Recognition]:
        """The most probable classes of photos that were seen, scored together.

        The classes to `align` with can be explained however unlikely they are.
        """
        import torch

        started = time.perf_counter()
        pooled: Tensor | Whole = torch.stack([photo.pooled for photo in photos])
        if len(photos) == 1 and (whole := photos[0].whole) is not None and whole[0] is self.learner:
            pooled = whole[1]
        patches, keys = torch.stack([photo.patches for photo in photos]), sorted(map(str, align))
        scored = or_on_cpu(self.learner, lambda learner: learner.score(pooled, patches, align=keys))
        if scored.evidence.device != self.learner.device:  # memory ran out once, and would again
            self.learner = self.learner.to(scored.evidence.device)
        best = scored.scores.softmax(dim=-1).topk(min(top, len(self._classes)), dim=-1)
        looks, scale = [b""] * len(photos), self.learner.known_scale(self.kept)
        if self.with_looks:
            rows = torch.cat([scored.scores, scored.familiarity[:, None], scored.seen], dim=-1).half().cpu().numpy()
            looks = [row.tobytes() for row in rows]
        answers = zip(best.values.tolist(), best.indices.tolist(), scored.familiarity.tolist(), strict=True)
        share, recognitions = _milliseconds_since(started) / len(photos), []
        for row, (values, places, familiarity) in enumerate(answers):
            classes = [self.class_ids[place] for place in places]
            recognitions.append(
                Recognition(
                    tuple(
                        Answer(key, self._classes[key].name, value) for key, value in zip(classes, values, strict=True)
                    ),
                    partial(self._explain, photos[row], scored, row),
                    photos[row].milliseconds + share,
                    familiarity,
                    None if scale is None else scale.threshold,
                    None if scale is None else scale.known(familiarity),
                    looks[row],
                    photos[row],
                )
            )
        return recognitions

    def recognize(self, photo: Image.Image | Seen, *, top: int = 5) -> Recognition:
        """The most probable classes of an upright RGB photo, or of one that was seen before."""
        return self.recognize_and_explain(photo, top=top)[0]

    def explain(self, photo: Image.Image | Seen, class_id: int, against_id: int | None = None) -> Explanation:
        """Why the score of a class is above, or below, that of another; None takes the best one that is left."""
        return self.recognize_and_explain(photo, [(class_id, against_id)])[1][0]

    def recognize_and_explain(
        self, photo: Image.Image | Seen, pairs: Sequence[tuple[int, int | None]] = (), *, top: int = 5
    ) -> tuple[Recognition, tuple[Explanation, ...]]:
        """The most probable classes of a photo, and explanations of further pairs of classes. It is encoded once.

        The photo is upright and RGB, or was seen before. A pair is a class, and the class to compare it with, None for
        the best one that is left.
        """
        seen = photo if isinstance(photo, Seen) else self.see(photo, closely=True)
        align = {key for pair in pairs for key in pair if key is not None}
        (recognition,) = self.recognize_all([seen], top=top, align=align)
        return recognition, tuple(recognition.explain(*pair) for pair in pairs)

    def _explain(self, photo: Seen, scored: Scored, row: int, class_id: int, against_id: int | None) -> Explanation:
        """Explain a photo that is a row of `scored`, with what each place adds where that can be computed."""
        learner, known = self.learner, self._classes[class_id]
        explanation = learner.explain(scored, str(class_id), None if against_id is None else str(against_id), photo=row)
        probabilities, count = scored.scores[row].softmax(dim=-1), explanation.plan.shape[-1]
        made = Explanation(
            class_id=class_id,
            against_id=None if explanation.against is None else self.class_ids[explanation.against],
            probability=float(probabilities[self.class_ids.index(class_id)]),
            against_probability=0.0 if explanation.against is None else float(probabilities[explanation.against]),
            phrases=(*(known.phrases or (known.sentence or known.name,)), *[""] * count)[:count],
            sentence=known.sentence if known.phrases else "",
            grid=self._encoder.grid,
            crop=photo.crop,
            shares=dict(zip(EVIDENCE, explanation.shares.tolist(), strict=True)),
            selected=_copy_upright(explanation.selected),
            patch_shares=_copy_upright(explanation.patch_shares),
            plan=_copy_upright(explanation.plan),
            dustbin=_copy_upright(explanation.dustbin),
            similarity=_copy_upright(explanation.similarity),
        )
        if photo.maps is None or made.against_id is None:
            return made
        columns = learner.by_column(scored, str(class_id), str(made.against_id), photo=row)
        patches = photo.patches.new_zeros(photo.patches.shape[:2])
        patches.scatter_(1, explanation.selected.cpu(), explanation.patch_shares.cpu())
        places = photo.maps.shared_out(columns, patches).numpy()
        places = places + (sum(made.shares.values()) - places.sum()) / places.size
        if photo.pixels is None:
            return replace(made, places=places)
        lights = phrase_lights(made.phrases, made.plan, made.selected, made.grid, places, photo.pixels)
        return replace(made, places=places, lights=lights)

    def _project(self, patches: Tensor) -> Tensor:
        """Patches ``(..., W')`` in the joint space, as the cache would keep them."""
        from spa_desktop.feature_store import as_kept

        return as_kept(self._encoder.project(patches))


@cache
def _halves(threads: int) -> ThreadPoolExecutor:
    """Two threads for as long as the process lives, that share so many of torch's, which are the caller's."""
    return stream_pool(2, "halves")


def _milliseconds_since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


def _copy_upright(views: Tensor) -> NDArray[Any]:
    """What holds of the photo as it is, the first of its views, for others to keep."""
    return views[0].cpu().numpy().copy()
