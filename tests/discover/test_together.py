"""A folder of photos answered together, on a small world of features."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from spa_desktop.classify.answer_files import PhotoAnswer, answer_folder
from spa_desktop.discover.together import CHOSEN, Looks, answer_together
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.learner import SpaLearner, to_bytes
from spa_desktop.spa.memory import ClassSamples, ClassText

WIDTH, CLASSES = 64, 6


def centre(index: int) -> Tensor:
    return torch.randn(WIDTH, generator=torch.Generator().manual_seed(100 + index))


def photos(index: int, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Pooled features of photos of a class, and patches that tell nothing."""
    generator = torch.Generator().manual_seed(1000 * index + seed)
    pooled = centre(index) + 1.6 * torch.randn(count, 1, WIDTH, generator=generator)
    pooled = pooled + 0.1 * torch.randn(count, 2, WIDTH, generator=generator)
    return pooled, normalize(torch.randn(count, 2, 4, 8, generator=generator), dim=-1)


def taught(count: int, classes: int = CLASSES) -> SpaLearner:
    def samples(index: int) -> ClassSamples:
        pooled, patches = photos(index, count, 1)
        text = ClassText.from_name(normalize(torch.randn(8, generator=torch.Generator().manual_seed(index)), dim=-1))
        return ClassSamples(str(index), pooled, lambda: iter([patches]), text)

    config = SpaConfig(patches=2, tokens=1, use_projectors=False, use_transport=False)
    prior = {"globals": 2.5 * torch.eye(WIDTH)}
    learner = SpaLearner(torch.eye(WIDTH)[:, :8], config, prior=prior)
    return learner.learn([samples(index) for index in range(classes)])


def looks(learner: SpaLearner, *counts: int, seed: int = 7) -> tuple[Looks, Tensor]:
    """So many photos of each class in a folder, and what they are."""
    parts = [photos(index, count, seed) for index, count in enumerate(counts) if count]
    truth = torch.cat([torch.full((count,), index) for index, count in enumerate(counts)])
    return Looks.joined([Looks.of(learner.score(*part)) for part in parts]), truth


def accuracy(scores: Tensor, truth: Tensor, known: int = CLASSES) -> float:
    return float((scores.argmax(dim=1) == truth)[truth < known].double().mean())


@pytest.fixture(scope="module")
def learner() -> SpaLearner:
    """One photo of each class."""
    return taught(1)


@pytest.mark.parametrize("counts", [(25,) * CLASSES, (60, 40, 30, 20, 10, 10)])
def test_photos_help_each_other(learner, counts) -> None:
    before = to_bytes(learner)
    folder, truth = looks(learner, *counts)
    found = answer_together(learner, folder)
    assert accuracy(found.probabilities, truth) > accuracy(folder.scores, truth) + 0.1
    assert torch.allclose(found.probabilities.sum(dim=1), torch.ones(len(truth)))
    assert to_bytes(learner) == before


def test_in_a_learner_of_earlier_versions_photos_help_each_other_as_much() -> None:
    """Of its held-out photos no cosine is kept: familiarities are without it, less by about one."""
    learner = taught(2)
    folder, _ = looks(learner, *(25,) * CLASSES)
    of_today, before = (replace(folder, familiarity=torch.full((150,), usual)) for usual in (-0.2, -1.2))
    expected = answer_together(learner, of_today).probabilities
    assert learner.memory is not None
    kept = torch.tensor([1, 1, 0])
    learner.memory.classes = [replace(known, held=known.held * kept) for known in learner.memory.classes]
    assert torch.allclose(answer_together(learner, before).probabilities, expected, atol=1e-4)


def test_one_photo_has_the_answer_that_it_has_alone(learner) -> None:
    folder, _ = looks(learner, 0, 0, 1)
    found = answer_together(learner, folder)
    assert torch.equal(found.probabilities, folder.scores.softmax(dim=1))
    assert torch.equal(found.familiarity, folder.familiarity)


def test_unknown_things_pull_nothing() -> None:
    learner = taught(3, classes=3)
    folder, truth = looks(learner, *(25,) * CLASSES)
    found = answer_together(learner, folder)
    assert accuracy(found.probabilities, truth, 3) >= accuracy(folder.scores, truth, 3)
    known = truth < 3

    def order(familiarity: Tensor) -> float:
        """How often a known photo is more familiar than an unknown one."""
        return float((familiarity[known][:, None] > familiarity[~known]).double().mean())

    assert order(found.familiarity) > order(folder.familiarity) + 0.01


def in_doubt(learner: SpaLearner) -> Looks:
    """Forty photos of one class, every second of which looks a little more like another."""
    seen, _ = looks(learner, 40)
    scores = torch.zeros(40, CLASSES) - 3
    scores[:, 0], scores[::2, 1], scores[1::2, 1] = 0.0, 0.4, -0.4
    return replace(seen, scores=scores)


def sure_of_another(learner: SpaLearner) -> Looks:
    seen, truth = looks(learner, *[12] * CLASSES)
    return replace(seen, scores=4 * one_hot((truth + 1) % CLASSES, CLASSES).float())


@pytest.mark.parametrize(
    ("folder", "bound"),
    [
        (sure_of_another, {"most_lost": CHOSEN.most_lost}),
        (in_doubt, {"least_lead": CHOSEN.least_lead}),
        (lambda learner: looks(learner, *[5] * CLASSES)[0], {"most_lost": CHOSEN.most_lost, "few": CHOSEN.few}),
    ],
    ids=["which photos are sure of", "of a folder in two minds", "of a few photos"],
)
def test_photos_keep_their_answers(learner, folder, bound) -> None:
    seen = folder(learner)
    alone, free = seen.scores.softmax(dim=1), replace(CHOSEN, most_lost=1.0, least_lead=-math.inf, few=0.0)
    moved = answer_together(learner, seen, settings=free).probabilities
    assert not torch.equal(moved.argmax(dim=1), alone.argmax(dim=1))
    for settings in (replace(free, **bound), CHOSEN):
        assert torch.allclose(answer_together(learner, seen, settings=settings).probabilities, alone)


def test_answers_of_a_folder_say_what_each_photo_had_alone() -> None:
    """With looks as the journal keeps them; one is damaged, and one photo could not be read."""
    learner = taught(2)
    folder, _ = looks(learner, *(20,) * CLASSES)
    folder = replace(folder, scores=folder.scores / 2)  # as sure as texts that tell nothing allow
    rows = torch.cat([folder.scores, folder.familiarity[:, None], folder.whole], dim=1).half().numpy()
    scale = learner.known_scale()
    assert scale is not None
    alone = []
    for number, row in enumerate(rows):
        best = folder.scores[number].softmax(dim=0).topk(5)
        is_strange = bool(folder.familiarity[number] < scale.threshold)
        ids = tuple(10 + place for place in best.indices.tolist())
        alone.append(
            PhotoAnswer(f"{number}.jpg", ids, tuple(best.values.tolist()), rejected=is_strange, look=row.tobytes())
        )
    alone += [PhotoAnswer("damaged.jpg", (10,), (1.0,), look=b"no look"), PhotoAnswer("broken.jpg", error="no photo")]
    recognizer = SimpleNamespace(learner=learner, class_ids=tuple(range(10, 10 + CLASSES)), kept=0.95)
    found = answer_folder(recognizer, alone)
    names = {key: str(key) for key in recognizer.class_ids}
    assert [one.path for one in found] == [one.path for one in alone]
    assert found[-2:] == alone[-2:]
    changed = [place for place, one in enumerate(found) if one.class_name(names) != alone[place].class_name(names)]
    assert changed
    assert [place for place, one in enumerate(found) if one.alone is not None] == changed
    for place in changed:
        shown = found[place].to_json(names)
        assert shown["alone"] == {"class": alone[place].class_name(names), "probability": alone[place].probabilities[0]}
        assert shown["top"][0]["class"] == names[found[place].class_ids[0]]
    assert answer_folder(recognizer, alone[:1]) == alone[:1]
