"""The speed bench's own arithmetic, and that what it draws is what the method takes."""

import pytest
import torch

from benchmarks import gpu
from benchmarks.speed import drawn
from benchmarks.speed.timing import milliseconds, take_turns


def test_candidates_take_turns() -> None:
    called: list[str] = []
    spent = take_turns(2, warm_up=1, a=lambda: called.append("a"), b=lambda: called.append("b"))
    assert called == ["a", "b"] * 3
    assert [len(times) for times in spent.values()] == [2, 2]
    assert milliseconds([0.001, 0.004, 0.002], each=2) == 1.0


class SmallEncoder:
    """The shapes that drawing asks for."""

    width, texture_width, dim, grid = 12, 3, 6, (2, 3)
    image_projection = torch.eye(12)[:, :6]


def test_drawn_class_has_its_photos_in_chunks() -> None:
    sample = drawn.drawn_class(3, SmallEncoder(), photos=70)
    assert sample.key == "3"
    assert sample.pooled.shape == (70, 3, 15)
    chunks = list(sample.patches())
    assert [len(chunk) for chunk in chunks] == [32, 32, 6]
    assert chunks[0].shape[1:] == (3, 6, 6)
    assert torch.equal(drawn.drawn_class(3, SmallEncoder(), photos=70).pooled, sample.pooled)


def test_grown_learner_knows_the_classes_and_has_the_methods_settings() -> None:
    first = drawn.grown(None, 3, SmallEncoder())
    more = drawn.grown(first, 60, SmallEncoder())
    assert more.keys == [str(index) for index in range(60)]
    assert more.config == drawn.SpaConfig()
    probe = drawn.drawn_class(7, SmallEncoder(), photos=2)
    assert more.scores(probe.pooled, next(iter(probe.patches()))).shape == (2, 60)


def test_two_devices_are_compared_by_their_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "TASK", 3)
    learner = drawn.grown(None, 5, SmallEncoder())
    rows = gpu.learning_rows(SmallEncoder(), learner, torch.device("cpu"), rounds=1)
    assert [row[0] for row in rows] == ["learn 3 classes of 30 photos after 5", "score a photo over 8 classes"]
    assert all(float(row[1]) > 0 for row in rows)
    pooled = torch.cat([drawn.drawn_class(3, SmallEncoder(), photos=4).pooled])
    patches = next(iter(drawn.drawn_class(3, SmallEncoder(), photos=4).patches()))
    other = learner.forget("3").with_keys([str(i) for i in range(4)])
    with pytest.raises((AssertionError, RuntimeError)):
        gpu._moved(learner, other.learn(drawn.drawn_classes(50, 1, SmallEncoder(), 5)), pooled, patches)
