"""What is said about photos before they are learned."""

import pytest

from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import overview, training
from spa_desktop.workbench.overview import ClassPhotos, advice_line, advice_on
from spa_desktop.workbench.worth_a_look import FEW
from tests.workbench.tiny import draw_classes


def photos(name, train, test=3):
    return ClassPhotos(sum(map(ord, name)), name, train, test)


def kinds(to_learn, known=()):
    return [one.kind for one in advice_on(to_learn, known)]


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, ["no photo"]), (1, ["one photo"]), (2, ["few photos"]), (FEW - 1, ["few photos"]), (FEW, [])],
)
def test_few_photos_are_named(count, said):
    assert kinds([photos("red", count), photos("blue", 6)]) == said


def test_classes_without_test_photos_are_named_where_others_have_some():
    none = advice_on([photos("red", 9, 0), photos("blue", 9, 0)], [])
    assert [one.kind for one in none] == ["no test photo"]
    some = advice_on([photos("red", 9, 0), photos("blue", 9, 1)], [])
    assert [(one.kind, [each.name for each in one.classes]) for one in some] == [("untested classes", ["red"])]
    assert kinds([photos("red", 9, 0)], [photos("blue", 9, 1)]) == ["untested classes"]


def test_a_class_with_ten_times_the_photos_of_another_is_named():
    assert kinds([photos("red", 10), photos("blue", 99)]) == []
    [found] = advice_on([photos("red", 10), photos("blue", 105), photos("green", 8)], [])
    assert (found.kind, found.largest.name, [one.name for one in found.classes]) == ("uneven", "blue", ["green", "red"])
    assert found.times == 13
    assert advice_line(found).startswith("blue has 13 times as many photos as green (105 and 8).")
    assert kinds([photos("red", 10)], [photos("blue", 100)]) == ["uneven"], "also one that is learned already"
    assert kinds([photos("red", 10)], [photos("blue", 0)]) == [], "its photos are gone: they tell nothing"


def test_the_workbench_advises_on_the_task_that_would_be_learned(bench, tmp_path):
    add_classes(bench.project, [draw_classes(tmp_path / "one", ["red"], train=6)], task="First")
    assert [one.kind for one in overview.project_advice(bench)] == ["one class"]
    training.train(bench)
    add_classes(
        bench.project, [draw_classes(tmp_path / "two", ["blue"], train=1, test=0)], task="Second", test_share=0.0
    )
    advice = overview.project_advice(bench, "Second")
    assert [one.kind for one in advice] == ["one photo", "untested classes"]
    assert all([each.name for each in one.classes] == ["blue"] for one in advice)
