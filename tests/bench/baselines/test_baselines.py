"""What holds for every baseline, and what tells each from the others."""

from collections.abc import Callable

import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.bench.baselines import JointTraining, Wide
from spa_desktop.bench.methods import METHODS, choose_methods
from spa_desktop.errors import InputError

TASKS = (range(0, 2), range(2, 3), range(3, 6))
BASELINES = tuple(name for name in METHODS if not name.startswith("spa") and name != "ranpac+5")


def learned(name: str, data, tasks=TASKS):
    method = METHODS[name].make(1)
    for task in tasks:
        method.learn(data.task(task))
    return method


def accuracy(scores: torch.Tensor, labels: torch.Tensor) -> float:
    return float((scores.argmax(1) == labels).float().mean())


@pytest.mark.parametrize("name", BASELINES)
def test_answers_over_all_classes_seen(name: str, draw: Callable) -> None:
    data = draw(6)
    method = METHODS[name].make(1)
    for task in TASKS:
        method.learn(data.task(task))
        seen = range(task.stop)
        scores = method.predict(data.photos(seen))
        assert scores.shape == (40 * len(seen), len(seen))
        assert torch.isfinite(scores).all()
        if name != "finetune":
            assert accuracy(scores, data.labels(seen)) > 1.5 / len(seen)


@pytest.mark.parametrize("name", BASELINES)
def test_one_photo_a_class_and_one_class_a_task(name: str, draw: Callable) -> None:
    data = draw(3, train=1, spread=0.1)
    method = learned(name, data, [range(c, c + 1) for c in range(3)])
    assert torch.isfinite(method.predict(data.photos(range(3)))).all()


def test_finetune_forgets_and_the_others_do_not(draw: Callable) -> None:
    data = draw(6, spread=0.6)
    old = data.labels(range(6)) < 2
    photos, labels = data.photos(range(6)), data.labels(range(6))
    kept = {name: accuracy(learned(name, data).predict(photos)[old], labels[old]) for name in ("finetune", "slda")}
    assert kept["finetune"] < 0.3
    assert kept["slda"] > 0.9


def test_ncm_is_the_cosine_with_the_mean(draw: Callable) -> None:
    data = draw(6)
    rows = [normalize(train[:, 0], dim=-1).mean(0) for train in data.train]
    expected = normalize(data.photos(range(6)).pooled[:, 0], dim=-1) @ normalize(torch.stack(rows), dim=-1).T
    torch.testing.assert_close(learned("ncm", data).predict(data.photos(range(6))), expected)


def test_zero_shot_asks_for_the_class_by_name(draw: Callable) -> None:
    data = draw(2)
    learned("zero-shot", data, [range(2)])
    assert data.encoder.texts == ["a photo of a class 0.", "a photo of a class 1."]


def test_the_wide_space_is_fixed_by_the_first_task(draw: Callable) -> None:
    data = draw(2)
    space, signed = Wide(), Wide()
    task = data.task(range(2))
    space.fit(task)
    torch.testing.assert_close(space(task.pooled), normalize(task.pooled.sqrt(), dim=-1))
    assert torch.isfinite(space(-task.pooled)).all()
    signed.fit(type(task)(-task.pooled, task.patches, task.labels, task.class_names, task.encoder))
    torch.testing.assert_close(signed(task.pooled), normalize(task.pooled, dim=-1))


def test_joint_equals_learning_at_once(draw: Callable) -> None:
    data = draw(6)
    scores = []
    for tasks in ([range(0, 3), range(3, 6)], [range(0, 3), range(3, 4), range(4, 6)]):
        method = JointTraining()
        for task in tasks:
            method.learn(data.task(task))
        scores.append(method.predict(data.photos(range(6))))
    torch.testing.assert_close(scores[0], scores[1])


def test_methods_are_chosen_by_name() -> None:
    assert [m.name for m in choose_methods(["slda", "ncm", "slda"])] == ["slda", "ncm"]
    assert [m.name for m in choose_methods()] == [name for name in METHODS if METHODS[name].is_usual]
    with pytest.raises(InputError, match=r"No such method: sldaa\. Choose from"):
        choose_methods(["sldaa"])
