"""The offline writer: only what it knows of a class, and how it knows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from spa_desktop.descriptions.bank import Bank, bank_features, load_bank
from spa_desktop.descriptions.bank_support import Vouched, is_vouched
from spa_desktop.descriptions.everyday import Everyday
from spa_desktop.descriptions.meaning import Meaning, certain_meaning, said_of
from spa_desktop.descriptions.measured_looks import measured_looks
from spa_desktop.descriptions.model import (
    MOST_PHRASES,
    ClassDescription,
    DescriptionRequest,
    Exemplar,
    Knowledge,
    PhraseSource,
    WrittenPhrase,
)
from spa_desktop.descriptions.name_matching import holds_words, plain, singular, words
from spa_desktop.descriptions.quality import clip_to_context, complaint, photo_of
from spa_desktop.descriptions.resemblance import Kind, Likeness, Resemblance
from spa_desktop.descriptions.wordnet import lemmas_of_all, photographed_nouns, vocabulary
from spa_desktop.descriptions.wordnet_tree import ancestors, parts
from spa_desktop.jobs import Job

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder

VERSION = 7  # to be raised when the same photos are to get another text

# How these were chosen, and on which photos: docs/descriptions.md.
_SURE = 0.6  # of the posterior, for a kind that the name does not vouch for
_BROAD = 0.008  # of all nouns that a kind has to hold: the classifier takes unknown things for narrow ones
# What is made of a thing looks like the thing: carrots look like a dish of them, and are none.
_MADE_OF_THINGS = frozenset({"dish"})
_UNNAMED = 2  # kinds of a thing whose name says nothing
_IN_A_SHOP = 0.05  # of the posterior of single photos that lies on shops and shelves
_STANDS_OUT = 3.0  # spreads of the bank's similarities above their mean
_NO_SPREAD = 1e-6
_OF_THE_BANK = 2  # phrases
_PARTS, _PART_STANDS_OUT = 4, 0.4  # parts of the thing, and spreads above the bank's mean
_IN_SENTENCE = 5  # phrases that join the sentence
NOTHING_KNOWN = (
    "nothing is known for sure: write a phrase yourself, have a service write, or use a backbone with a stronger text "
    "tower"
)


class OfflineWriter:
    """Writes what is known to be true, on this computer alone; where nothing is, it writes nothing.

    There are four ways to know. What WordNet says of the name, where its meaning is certain; what the photos resemble;
    what can be measured on them; and phrases of the bank whose noun one of these vouches for. Each phrase says which it
    is, and how sure.
    """

    name = "offline"
    destination = None
    max_parallel = 1
    is_cached = True

    def __init__(self, encoder: ClipEncoder, bank: Bank | None = None) -> None:
        """Take the encoder whose joint space decides.

        Raises:
            SpaError: if the phrase bank cannot be read.
        """
        self._encoder = encoder
        self._bank = bank or load_bank()
        self._everyday = Everyday(encoder)
        self._resemblance = Resemblance(encoder)
        self.model = encoder.name
        # The bank and the weights decide the text as much as the code does.
        self.instructions_version = f"{VERSION}.{self._bank.digest[:8]}.{encoder.text_fingerprint[:8]}"

    def prepare(self) -> None:
        """All that it needs is here already."""

    def estimate_cost(self, request: DescriptionRequest) -> float:
        return 0.0

    def write(self, request: DescriptionRequest, job: Job) -> ClassDescription:
        """Describe one class. The first call computes the features of the bank, unless they are in the cache folder.

        Raises:
            Cancelled: if the job was cancelled.
        """
        job.check()
        likeness = self._resemblance.of(request.exemplars)
        meaning = certain_meaning(request.class_name, likeness)
        job.check()
        phrases = self._phrases(request, likeness, meaning)
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

    def _phrases(
        self, request: DescriptionRequest, likeness: Likeness | None, meaning: Meaning | None
    ) -> list[WrittenPhrase]:
        phrases = self._of_the_name(request, meaning)
        kinds = _unnamed_kinds(likeness, request.class_name) if meaning is None else []
        for kind in kinds:
            phrases.append(_resembling(kind.name, kind.share, f"{100 * kind.share:.0f} % of what the photos look like"))
        colours: frozenset[str] = frozenset()
        if request.exemplars:
            looks, colours = self._looks(request)
            phrases += looks
        if likeness is not None and likeness.place >= _IN_A_SHOP:
            share = f"{100 * likeness.place:.0f} % of what the photos look like, beside the thing"
            phrases.append(_resembling("in a grocery store", min(0.5 + likeness.place, 1.0), share))
        if meaning is not None and meaning.is_seen and request.exemplars:
            phrases += self._parts(request, meaning)
        source = meaning.sense.synset if meaning else kinds[0].synset if kinds else None
        phrases += self._of_the_bank(request, source, colours)
        kept: list[WrittenPhrase] = []
        for phrase in phrases:
            is_new = not any(holds_words(other.text, phrase.text) for other in kept)
            if is_new and complaint(phrase.text, request.class_name, fits=self._encoder.fits) is None:
                kept.append(phrase)
        return kept[:MOST_PHRASES]

    def _of_the_name(self, request: DescriptionRequest, meaning: Meaning | None) -> list[WrittenPhrase]:
        if meaning is None:
            return []
        knowledge = Knowledge(
            "name", round(meaning.certainty, 3), f"WordNet on {meaning.sense.noun}: {meaning.sense.gloss}"[:400]
        )
        return [WrittenPhrase(text, "offline", None, knowledge) for text in said_of(meaning, request.class_name)]

    def _parts(self, request: DescriptionRequest, meaning: Meaning) -> list[WrittenPhrase]:
        """Parts that WordNet lists, that can be seen, and that the photos are more like than like other texts."""
        from torch.nn.functional import normalize

        texts = [part for part in parts(meaning.sense.synset) if len(part.split()) <= 2 and self._can_be_seen(part)]
        if not texts:
            return []
        features = normalize(self._encoder.encode_texts(texts).sentence - self._bank_mean, dim=-1)
        photo, patch = self._means(request)
        direction = self._everyday.direction(request.exemplars, photo)
        usual = self._centred_texts @ direction
        height = (features @ direction - usual.mean()) / usual.std().clamp_min(_NO_SPREAD)
        likely = [index for index in height.argsort(descending=True).tolist() if height[index] >= _PART_STANDS_OUT]

        def is_in_a_longer_one(one: int) -> bool:
            """Whether a longer one says all that it says: "grapefruit peel" for "peel"."""
            return any(len(texts[o]) > len(texts[one]) and holds_words(texts[o], texts[one]) for o in likely)

        found = []
        for index in [one for one in likely if not is_in_a_longer_one(one)][:_PARTS]:
            detail = f"WordNet lists it as a part; {float(height[index]):.1f} spreads above the phrases of the bank"
            support = self._best_patch(request.exemplars, features[index], patch)
            found.append(WrittenPhrase(texts[index], "offline", support, Knowledge("name", meaning.certainty, detail)))
        return found

    def _can_be_seen(self, part: str) -> bool:
        """Whether words for what is seen name it: those of the bank and of ImageNet's names.

        WordNet lists firing chambers, data converters and sounding boards as well, which are inside of a thing.
        """
        return {singular(word) for word in words(part) if len(word) > 1} <= self._seen

    def _means(self, request: DescriptionRequest) -> tuple[Tensor, Tensor]:
        others = [exemplar for group in request.rivals.values() for exemplar in group]
        return self._everyday.means([*request.exemplars, *others])

    def _looks(self, request: DescriptionRequest) -> tuple[list[WrittenPhrase], frozenset[str]]:
        photo, patch = self._means(request)
        direction = self._everyday.direction(request.exemplars, photo)
        heat = [self._everyday.heat(one, direction, patch).double().numpy() for one in request.exemplars]
        looks, colours = measured_looks(request.exemplars, heat, self._encoder)
        phrases = [
            WrittenPhrase(
                look.text, "offline", look.support, Knowledge("measured", round(look.certainty, 3), look.detail)
            )
            for look in looks
        ]
        return phrases, colours

    def _of_the_bank(
        self, request: DescriptionRequest, source: str | None, colours: Iterable[str]
    ) -> list[WrittenPhrase]:
        if not request.exemplars or source is None:
            return []
        vouched = Vouched.of(source)
        photo, patch = self._means(request)
        direction = self._everyday.direction(request.exemplars, photo)
        usual = self._centred_texts @ direction
        height = (usual - usual.mean()) / usual.std().clamp_min(_NO_SPREAD)
        own_name = _stems(request.class_name)
        foreign = [stems for name in request.rivals if not (stems := _stems(name)) <= own_name]
        phrases: list[WrittenPhrase] = []
        for index in height.argsort(descending=True).tolist():
            text = self._bank.phrases[index]
            if float(height[index]) < _STANDS_OUT or len(phrases) == _OF_THE_BANK:
                break
            if not is_vouched(text, vouched, colours) or any(name <= _stems(text) for name in foreign):
                continue
            detail = f"{float(height[index]):.1f} spreads above the other phrases of the bank"
            support = self._best_patch(request.exemplars, self._centred_texts[index], patch)
            certainty = round(min(float(height[index]) / (2 * _STANDS_OUT), 1.0), 3)
            phrases.append(WrittenPhrase(text, "offline", support, Knowledge("bank", certainty, detail)))
        return phrases

    def _best_patch(self, exemplars: Sequence[Exemplar], text: Tensor, mean: Tensor) -> PhraseSource:
        """The exemplar and patch that are most like a text."""
        found = []
        for index, exemplar in enumerate(exemplars):
            similarity, place = self._everyday.heat(exemplar, text, mean).max(0)
            found.append(PhraseSource(index, exemplar.sha256, int(place), round(float(similarity), 4)))
        return max(found, key=lambda support: support.similarity)

    @cached_property
    def _centred_texts(self) -> Tensor:
        """Features of the bank seen from their mean, for what all texts share says nothing: ``(P, D)``."""
        from torch.nn.functional import normalize

        return normalize(self._texts - self._bank_mean, dim=-1)

    @cached_property
    def _seen(self) -> set[str]:
        nouns = (lemmas_of_all()[synset] for synset in photographed_nouns())
        return {singular(word) for text in (*self._bank.phrases, *nouns) for word in words(text)}

    @cached_property
    def _bank_mean(self) -> Tensor:
        return self._texts.mean(0)

    @cached_property
    def _texts(self) -> Tensor:
        return bank_features(self._bank, self._encoder)


def _unnamed_kinds(likeness: Likeness | None, name: str) -> list[Kind]:
    """The narrowest broad kinds that photos surely resemble, and that every meaning of the name agrees with."""
    from spa_desktop.descriptions.meaning import possible_meanings

    if likeness is None:
        return []
    allowed = [set(ancestors(sense.synset)) for sense in possible_meanings(name, likeness)]
    found: list[Kind] = []
    for kind in likeness.sure(_SURE):
        is_new = not any(kind.name in other.name or other.name in kind.name for other in found)
        is_sayable = is_new and kind.name not in _MADE_OF_THINGS
        if kind.chance >= _BROAD and is_sayable and all(kind.synset in above for above in allowed):
            found.append(kind)
    return found[:_UNNAMED]


def _resembling(text: str, certainty: float, detail: str) -> WrittenPhrase:
    return WrittenPhrase(text, "offline", None, Knowledge("resemblance", round(certainty, 3), detail))


def _stems(text: str) -> set[str]:
    return {singular(part) for part in words(text, vocabulary())}
