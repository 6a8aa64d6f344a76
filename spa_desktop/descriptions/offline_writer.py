"""The offline writer: phrases that the exemplars support and the rivals do not, and the facts of the name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from spa_desktop.descriptions.bank import Bank, bank_features, load_bank
from spa_desktop.descriptions.evidence import Evidence
from spa_desktop.descriptions.model import (
    FEWEST_PHRASES,
    ClassDescription,
    DescriptionRequest,
    Exemplar,
    WrittenPhrase,
)
from spa_desktop.descriptions.name_matching import plain, singular, words
from spa_desktop.descriptions.quality import clip_to_context, complaint
from spa_desktop.descriptions.ranking import GroupFit, pick_diverse, standardise
from spa_desktop.descriptions.wordnet import Sense, senses, vocabulary
from spa_desktop.jobs import Job

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder

VERSION = 2  # to be raised when the same photos are to get another text

# How these were chosen, and on which photos: docs/descriptions.md.
_PHRASES = 6
_IN_SENTENCE = 5  # phrases that join the gloss in the sentence
_FITTING = 300  # phrases of the bank that may belong to a thing of such a name
_WEIGHT_OF_NAME = 0.5  # against what the photos say
_LEAST_COVERAGE = 1 / 2  # of a name's words, for a meaning of a part of it
_LEAST_AGREEMENT = 0.5  # of the photos with a meaning, in spreads
_COST_OF_PARTS = 3.0  # what a meaning loses when it covers none of the name
_COST_OF_SECOND_NAME = 1.0
_BONUS_OF_PHOTOS = 0.5
_WEIGHT_OF_COMPANY = 1.5  # of a meaning's likeness to the rivals' names


class OfflineWriter:
    """Writes from the phrase bank and WordNet's glosses, on this computer alone.

    A phrase of the bank is judged by two things: how far it stands out for the class's exemplars among its rivals'
    (`Evidence.distinct`), and how well it befits a thing of that name in such a project, for the nearest text in a
    narrow space can be an absurd one ("velvet cushion" for a hillside). Redundant phrases are passed over. Each phrase
    carries the exemplar and patch where it is seen best.
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
        self._names: dict[str, Tensor] = {}
        self.model = encoder.name
        # The bank and the weights decide the text as much as the code does.
        self.instructions_version = f"{VERSION}.{self._bank.digest[:8]}.{encoder.fingerprint[:8]}"

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
        rivals = list(request.rivals.values())
        sense = self._choose_sense(request, rivals)
        job.check()
        phrases = self._choose_phrases(request, rivals, sense)
        job.check()
        lead = f"a photo of a {plain(request.class_name, vocabulary())}"
        facts = [sense.gloss] if sense else []
        telling = [phrase.text for phrase in phrases if not any(phrase.text in fact for fact in facts)]
        sentence = clip_to_context(lead, [*facts, *telling[:_IN_SENTENCE]], self._encoder.fits)
        notes = [f"WordNet {sense.synset}, {sense.noun}: {sense.gloss}"] if sense else []
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

    @cached_property
    def _texts(self) -> Tensor:
        """Features of the bank, ``(P, D)``."""
        return bank_features(self._bank, self._encoder)

    @cached_property
    def _centre(self) -> Tensor:
        """The mean text: what all texts share says nothing. ``(D,)``."""
        return self._texts.mean(0)

    @cached_property
    def _centred_texts(self) -> Tensor:
        return self._centred(self._texts)

    @cached_property
    def _evidence(self) -> Evidence:
        return Evidence(self._encoder, self._texts)

    @cached_property
    def _groups(self) -> GroupFit:
        return GroupFit(self._bank.group_indices)

    def _centred(self, texts: Tensor) -> Tensor:
        from torch.nn.functional import normalize

        return normalize(texts - self._centre, dim=-1)

    def _name_feature(self, name: str) -> Tensor:
        """What the bare name says, centred: ``(D,)``."""
        if name not in self._names:
            text = f"a photo of a {plain(name, vocabulary())}."
            self._names[name] = self._centred(self._encoder.encode_texts([text]).sentence)[0]
        return self._names[name]

    def _choose_sense(self, request: DescriptionRequest, rivals: Sequence[Sequence[Exemplar]]) -> Sense | None:
        """The meaning of the name that photos and company agree with best; None if there is none to trust."""
        import torch
        from torch.nn.functional import normalize

        candidates = [sense for sense in senses(request.class_name) if sense.coverage >= _LEAST_COVERAGE]
        if any(sense.coverage == 1 for sense in candidates):
            candidates = [sense for sense in candidates if sense.coverage == 1]
        if not candidates:
            return None
        # Without the noun, which all its meanings share.
        texts = self._encoder.encode_texts([sense.gloss for sense in candidates]).sentence
        agreement = self._evidence.distinct(request.exemplars, rivals, texts)
        agreement = agreement + torch.tensor([_prior(sense) for sense in candidates])
        if request.rivals:
            company = normalize(torch.stack([self._name_feature(name) for name in request.rivals]).mean(0), dim=0)
            agreement = agreement + _WEIGHT_OF_COMPANY * (self._centred(texts) @ company)
        best = int(agreement.argmax())
        has_evidence = bool(request.exemplars) and any(rivals)
        is_trusted = agreement[best] >= _LEAST_AGREEMENT if has_evidence else candidates[best].coverage == 1
        return candidates[best] if is_trusted else None

    def _choose_phrases(
        self, request: DescriptionRequest, rivals: Sequence[Sequence[Exemplar]], sense: Sense | None
    ) -> list[WrittenPhrase]:
        import torch

        texts, features = list(self._bank.phrases), self._texts
        seen = self._evidence.distinct(request.exemplars, rivals, features)
        befits = self._befits(request, sense)
        clues = [clue for clue in (sense.clues if sense else ()) if clue not in texts]
        if clues:
            # What the gloss itself names as visible befits the name by definition: as well as the best of the bank.
            of_clues = self._encoder.encode_texts(clues).sentence
            texts, features = texts + clues, torch.cat([features, of_clues])
            seen = torch.cat([seen, self._evidence.distinct(request.exemplars, rivals, of_clues)])
            befits = torch.cat([befits, befits.max().expand(len(clues))])
        score = standardise(seen) + _WEIGHT_OF_NAME * standardise(befits)
        allowed = torch.zeros(len(texts), dtype=torch.bool)
        allowed[befits.topk(min(_FITTING, len(texts))).indices] = True
        own_name = _stems(request.class_name)
        foreign = [stems for name in request.rivals if not (stems := _stems(name)) <= own_name]
        for index in allowed.nonzero().flatten().tolist():
            said = _stems(texts[index])
            names_a_rival = any(name <= said for name in foreign)
            allowed[index] = not names_a_rival and complaint(texts[index], request.class_name) is None
        picked = pick_diverse(score, self._centred(features), allowed, _PHRASES)
        # A weak fifth phrase tells less than four strong ones.
        kept = [index for place, index in enumerate(picked) if place < FEWEST_PHRASES or seen[index] > 0]
        return [
            WrittenPhrase(texts[index], "offline", self._evidence.best_patch(request.exemplars, features[index]))
            for index in kept
        ]

    def _befits(self, request: DescriptionRequest, sense: Sense | None) -> Tensor:
        """How well each phrase of the bank befits a thing of that name in a project of such names: ``(P,)``."""
        import torch

        own = self._name_feature(request.class_name)
        if sense is not None:
            text = f"a photo of a {plain(request.class_name, vocabulary())}, {sense.gloss}"
            own = self._centred(self._encoder.encode_texts([text]).sentence)[0]
        names = torch.stack([own, *[self._name_feature(name) for name in request.rivals]])
        likeness = standardise(names @ self._centred_texts.T)
        return likeness[0] + self._groups.of(likeness)


def _prior(sense: Sense) -> float:
    """How likely a meaning is before any photo is seen, in spreads."""
    return (
        _BONUS_OF_PHOTOS * sense.is_photographed
        - _COST_OF_SECOND_NAME * (not sense.is_main_name)
        - _COST_OF_PARTS * (1 - sense.coverage)
    )


def _stems(text: str) -> set[str]:
    return {singular(part) for part in words(text, vocabulary())}
