"""The offline writer: only what it knows of a class, and how it knows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import inf
from typing import TYPE_CHECKING

from spa_desktop.descriptions.bank import bank_features, digest_of, load_bank
from spa_desktop.descriptions.measured import Looks, measured_looks
from spa_desktop.descriptions.model import (
    LONGEST_DETAIL,
    MOST_PHRASES,
    ClassDescription,
    DescriptionRequest,
    Exemplar,
    ExemplarFeatures,
    Knowledge,
    Writer,
    WrittenPhrase,
)
from spa_desktop.descriptions.quality import clip_to_context, complaint, photo_of
from spa_desktop.descriptions.resemblance import (
    FLOWER,
    Kind,
    Meaning,
    Resemblance,
    certain_meaning,
    resembled_kinds,
    said_of,
    shows_on_blossoms,
    whole_photo,
)
from spa_desktop.descriptions.wordnet import holds_words, plain, vocabulary
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.visible import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder

    Means = tuple[Tensor, Tensor]  # the mean everyday photo and patch, (D,) each

# What a class looks like against everyday photos, in the joint space (ours).
#
# Texts and photos lie apart in a joint space, and some texts are near to every photo. Seen from the mean of everyday
# photos, instead of from a project's other classes, a similarity says what is true of a class, not what tells it apart.


def seen_from_everyday(
    encoder: ClipEncoder, exemplars: Sequence[Exemplar], photo: Tensor, patch: Tensor
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Where exemplars of a class lie, seen from the mean everyday photo and patch, ``(D,)``; each is loaded once.

    Returns the direction, ``(D,)``, and how much each patch of each exemplar is like it: ``(N,)`` for each.
    """
    import torch
    from torch.nn.functional import normalize

    own = [exemplar.load_features() for exemplar in exemplars]
    direction = normalize(torch.stack([_place_of(encoder, features) for features in own]).mean(0) - photo, dim=0)
    # Of a photo that is gone, fewer views may be left.
    patches = [normalize(whole_photo(features.patches).mean(0) - patch, dim=-1) for features in own]
    return direction, tuple(rows @ direction for rows in patches)


def _place_of(encoder: ClipEncoder, features: ExemplarFeatures) -> Tensor:
    """Where a photo lies in the joint space, with its mirror image: ``(D,)``."""
    return encoder.project(whole_photo(features.pooled)).mean(0)


VERSION = 19  # to be raised when the same photos are to get another text

# How these were chosen, and on which photos: docs/descriptions.md.
_NO_SPREAD = 1e-6
_NEAREST = 3  # classes that a class is compared with
_SHARED, _FEWEST_SHARING = 0.5, 4  # of the classes, and so many: what more than these share is no phrase of one of them
_MOST_SHARING = 60  # classes that are asked what they share
_BLOSSOM_BEHIND = -0.5  # spreads that a flower may be behind the kind that leads by text
_IN_SENTENCE = 5  # phrases that join the sentence
NOTHING_KNOWN = QT_TRANSLATE_NOOP(
    "errors", "nothing is known for sure: write a phrase yourself, or have a service write"
)


@dataclass(frozen=True)
class Facts:
    """What is known of a class by its name and by what its photos resemble."""

    meaning: Meaning | None  # of the name, where it is certain
    kinds: tuple[Kind, ...]  # that the photos resemble, where it is not
    said: frozenset[str]  # kinds that may also be those of other classes
    is_blossom: bool = False  # the photos look like flowers to the text tower, as much as like any other kind
    direction: Tensor | None = None  # ``(D,)`` where its photos lie, seen from everyday photos; None without photos
    heat: tuple[Tensor, ...] = ()  # how much each patch of an exemplar is like that, ``(N,)`` for each


ClassKey = tuple[str, tuple[str, ...]]  # name, and hashes of the exemplars


class OfflineWriter(Writer):
    """Writes what is known to be true, on this computer alone; where nothing is, it writes nothing.

    There are three ways to know. What WordNet says of the name, where its meaning is certain; what the photos resemble;
    and what can be measured on them. Each phrase says which it is, and how sure. What tells the class from the classes
    that are most like it comes first, and what most classes share is said of none of them.
    """

    name = "offline"

    def __init__(self, encoder: ClipEncoder, bank: Sequence[str] | None = None, job: Job | None = None) -> None:
        """Take the encoder whose joint space decides, and the job that is told of texts before one is described.

        Raises SpaError if the phrase bank cannot be read.
        """
        self._encoder = encoder
        self._bank = bank or load_bank()
        self._resemblance = Resemblance(encoder)
        self._job = job
        self.model = encoder.name
        self.shared: tuple[str, ...] = ()  # by more than half of the classes, as of the last class that was written
        # What was found out of a class serves those after it: it is asked again and again, to be compared with.
        self._facts: dict[ClassKey, Facts] = {}
        self._looks: dict[ClassKey, Looks] = {}
        self._everyday: tuple[frozenset[str], Means] | None = None
        # The bank and the weights decide the text as much as the code does.
        self.instructions_version = f"{VERSION}.{digest_of(self._bank)[:8]}.{encoder.text_fingerprint[:8]}"

    def write(self, request: DescriptionRequest, job: Job) -> ClassDescription:
        """Describe one class. The first call computes the features of the bank, unless they are in the cache folder.

        Raises InputError if an exemplar of the class cannot be read; one of another class is passed over; Cancelled if
        the job was cancelled.
        """
        self._job = self._resemblance.job = job
        job.check()
        means = self._means(request, job)
        facts = self._facts_of(request.class_name, request.exemplars, means)
        meaning = facts.meaning
        job.check()
        phrases = self._phrases(request, facts, means, job)
        job.check()
        lead = photo_of(plain(request.class_name, vocabulary()))
        sentence = clip_to_context(lead, [phrase.text for phrase in phrases[:_IN_SENTENCE]], self._encoder.fits)
        notes = [f"WordNet {meaning.sense.synset}, {meaning.sense.noun}: {meaning.sense.gloss}"] if meaning else []
        if not phrases:
            notes.append(NOTHING_KNOWN)
        if not request.language.lower().startswith("en"):
            notes.append("The offline writer writes English only")
        return ClassDescription(
            request.class_name,
            tuple(phrases),
            sentence,
            writer=self.name,
            model=self.model,
            instructions_version=self.instructions_version,
            cost=0.0,
            notes=tuple(notes),
        )

    def _phrases(self, request: DescriptionRequest, facts: Facts, means: Means, job: Job) -> list[WrittenPhrase]:
        self.shared = self._shared_with(request, facts, means, job)
        own = self._looks_of(request.class_name, request.exemplars, means)
        telling = own.telling(self._nearest(request, facts, means, job) if len(own.shares) else {})
        if telling and facts.direction is not None:  # the text tower sees it too: fingers are no parallel lines
            texts = self._encoder.encode_texts([phrase.text for phrase in telling]).sentence
            heights = self.height_of(facts.direction)(texts).tolist()
            telling = [phrase for phrase, height in zip(telling, heights, strict=True) if height >= 0]
        named: list[WrittenPhrase] = []
        if (meaning := facts.meaning) is not None:
            detail = f"WordNet on {meaning.sense.noun}: {meaning.sense.gloss}"[:LONGEST_DETAIL]
            knowledge = Knowledge("name", round(meaning.certainty, 3), detail)
            named = [WrittenPhrase(text, "offline", None, knowledge) for text in said_of(meaning, request.class_name)]
        seen = [phrase for phrase in named if phrase.text not in facts.said]  # by the gloss
        # The gloss says "white with black wings" better than "partly white".
        gloss = ", ".join(phrase.text for phrase in seen)
        weak = ("partly ", "some ")
        telling = [
            phrase
            for phrase in telling
            if not (phrase.text.startswith(weak) and holds_words(gloss, phrase.text.split()[1]))
        ]
        phrases = [*telling, *seen, *(phrase for phrase in named if phrase not in seen)]
        for kind in facts.kinds:
            measured = f"{100 * kind.share:.0f} % of what the photos look like"
            detail = measured if kind.chance else "nearer to the photos than other kinds by text"
            knowledge = Knowledge("resemblance", round(kind.share, 3), detail)
            phrases.append(WrittenPhrase(kind.name, "offline", None, knowledge))
        return [
            phrase
            for phrase in phrases
            if phrase.text not in self.shared
            and (not facts.is_blossom or shows_on_blossoms(phrase.text))
            and complaint(phrase.text, request.class_name, fits=self._encoder.fits) is None
        ][:MOST_PHRASES]

    def _facts_of(self, name: str, exemplars: tuple[Exemplar, ...], means: Means) -> Facts:
        key = _key(name, exemplars)
        if key not in self._facts:
            exemplars = tuple(
                replace(exemplar, load_features=cache(exemplar.load_features)) for exemplar in exemplars
            )  # load once
            direction, heat = seen_from_everyday(self._encoder, exemplars, *means) if exemplars else (None, ())
            height = self.height_of(direction) if direction is not None else None
            likeness = self._resemblance.of(exemplars, height)
            meaning = certain_meaning(name, likeness)
            kinds = resembled_kinds(likeness, name) if meaning is None else []
            said = meaning.kinds if meaning else [kind.name for kind in kinds]
            flower = likeness.kinds.get(FLOWER) if likeness else None
            is_blossom = flower is not None and _BLOSSOM_BEHIND <= flower.lead < inf
            self._facts[key] = Facts(meaning, tuple(kinds), frozenset(said), is_blossom, direction, heat)
        return self._facts[key]

    def _shared_with(self, request: DescriptionRequest, facts: Facts, means: Means, job: Job) -> tuple[str, ...]:
        """What more than half of the classes are, the most common first."""
        others = list(request.others.items())
        asked = [facts.said]
        for name, exemplars in others[:: -(-len(others) // _MOST_SHARING) or 1]:
            job.check()
            try:
                asked.append(self._facts_of(name, exemplars, means).said)
            except InputError:  # a photo is gone that was never learned: the name says what it can
                asked.append(self._facts_of(name, (), means).said)
        if len(asked) < _FEWEST_SHARING:
            return ()
        counts = Counter(text for said in asked for text in said)
        return tuple(text for text, count in counts.most_common() if count > _SHARED * len(asked))

    def _nearest(self, request: DescriptionRequest, facts: Facts, means: Means, job: Job) -> dict[str, Looks]:
        """The looks of the classes whose photos are most like those of the class, the most alike first."""
        alike: dict[str, float] = {}
        for name, exemplars in request.others.items():
            job.check()
            with suppress(InputError):  # a photo is gone that was never learned
                direction = self._facts_of(name, exemplars, means).direction
                if direction is not None and facts.direction is not None:
                    alike[name] = float(direction @ facts.direction)
        nearest = sorted(alike, key=alike.__getitem__, reverse=True)[:_NEAREST]
        return {name: self._looks_of(name, request.others[name], means) for name in nearest}

    def _looks_of(self, name: str, exemplars: tuple[Exemplar, ...], means: Means) -> Looks:
        key = _key(name, exemplars)
        if key not in self._looks:
            heat = [grid.double().numpy() for grid in self._facts_of(name, exemplars, means).heat]
            self._looks[key] = measured_looks(exemplars, heat, self._encoder)
        return self._looks[key]

    def _means(self, request: DescriptionRequest, job: Job) -> Means:
        """The mean everyday photo and patch: they ship with the embedded backbone; else those of all exemplars."""
        import torch

        from spa_desktop.encoders import lite_files

        everyday = lite_files.everyday_of(self._encoder.name)
        groups = () if everyday else (request.exemplars, *request.others.values())
        shown = {exemplar.sha256: exemplar for group in groups for exemplar in group}
        if self._everyday is None or self._everyday[0] != shown.keys():
            seen: list[Means] = []  # the patches of all exemplars are gigabytes
            for key in sorted(shown):  # the same sum, whichever class is asked for first
                job.check()
                with suppress(InputError):
                    features = shown[key].load_features()
                    seen.append((_place_of(self._encoder, features), features.patches[0].float().mean(0)))
            if everyday or not seen:
                nowhere = torch.zeros(self._encoder.dim)  # there are no photos, and nothing is measured
                means = everyday or (nowhere, nowhere)
            else:
                photos, patches = zip(*seen, strict=True)
                means = torch.stack(photos).mean(0), torch.stack(patches).mean(0)
            for kept in (self._facts, self._looks):
                kept.clear()  # they were seen from elsewhere
            self._everyday = frozenset(shown), means
        return self._everyday[1]

    def height_of(self, direction: Tensor) -> Callable[[Tensor], Tensor]:
        """How many spreads of the bank texts ``(T, D)`` stand above its mean, ``(T,)``, for photos of a direction."""
        from torch.nn.functional import normalize

        texts, centre = self._bank_features
        usual = texts @ direction
        mean, spread = usual.mean(), usual.std().clamp_min(_NO_SPREAD)
        return lambda texts: (normalize(texts - centre, dim=-1) @ direction - mean) / spread

    @cached_property
    def _bank_features(self) -> tuple[Tensor, Tensor]:
        """Of the bank, seen from their mean, ``(P, D)``, and that, for what all texts share says nothing."""
        from torch.nn.functional import normalize

        texts = bank_features(self._bank, self._encoder, self._job)
        mean = texts.mean(0)
        return normalize(texts - mean, dim=-1), mean


def _key(name: str, exemplars: Sequence[Exemplar]) -> ClassKey:
    return name, tuple(exemplar.sha256 for exemplar in exemplars)
