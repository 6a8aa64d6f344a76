"""A pile of photos without names: what a person does with its groups, and what stays as they left it."""

import json

import numpy as np
import pytest

from spa_desktop.discover.pile import Pile
from tests.discover.test_grouping import kinds

KINDS, EACH = 4, 8


def features():
    return kinds(KINDS, EACH)[0]


@pytest.fixture
def pile():
    """Photos "0" to "31", eight of a kind, grouped."""
    made = Pile([str(number) for number in range(KINDS * EACH)], features())
    made.regroup()
    return made


def of_kind(pile, kind):
    return next(one for one in pile.groups if int(one.photos[0]) // EACH == kind)


def test_what_was_named_stays_and_the_rest_keeps_its_ids(pile):
    first = pile.groups[0]
    ids = [one.id for one in pile.groups]
    pile.name([first.id], " daisy ")
    pile.regroup()
    assert [one.id for one in pile.groups] == ids
    assert pile.group(first.id).photos == first.photos
    assert (pile.group(first.id).name, pile.group(first.id).touched) == ("daisy", True)


def test_a_name_of_a_group_is_one_however_it_is_spelled(pile):
    a, b, c = pile.groups[:3]
    pile.name([a.id], "red kite")
    assert pile.name([b.id], "Red_Kite") == a.id
    assert pile.gather(c.photos[:1], "RED KITE") == a.id
    assert [one.name for one in pile.groups if one.name] == ["red kite"]


def test_a_merged_group_splits_into_its_kinds_and_does_not_grow_together_again(pile):
    a, b = (one.id for one in pile.groups[:2])
    pile.merge([a, b])
    parts = pile.propose_split(a)
    assert [len({int(key) // EACH for key in part}) for part in parts] == [1, 1]
    ids = pile.split(a, parts)
    assert ids[0] == a
    pile.regroup()
    assert all(len({int(key) // EACH for key in pile.group(id).photos}) == 1 for id in ids)
    alike = pile.groups[-1]
    halves = pile.split(alike.id, [alike.photos[:4], alike.photos[4:]])
    assert tuple(halves) not in pile.doubts()  # whoever splits has said that they are not the same


def test_a_pair_that_is_not_the_same_is_asked_about_once_whichever_is_named_first(pile):
    group = pile.groups[0]
    other = pile.gather(group.photos[:4])
    for id in (group.id, other):  # of one that was there and back nobody says that it is another kind
        pile.move(group.photos[:1], id)
    assert (group.id, other) in pile.doubts() or (other, group.id) in pile.doubts()
    pile.same(max(group.id, other), min(group.id, other), False)
    assert {(group.id, other), (other, group.id)}.isdisjoint(pile.doubts())


def test_photos_that_are_made_a_group_of_their_own_are_not_asked_about(pile):
    group = pile.groups[0]
    own = pile.gather(group.photos[:4])
    assert {(group.id, own), (own, group.id)}.isdisjoint(pile.doubts())


def test_what_was_done_to_photos_that_are_gone_is_no_act(pile):
    gone, there = pile.groups[0], pile.groups[1]
    pile.name([gone.id], "daisy")
    pile.name([there.id], "aster")
    pile.set_aside(gone.photos[:2])
    kept = pile.as_json()
    left = [key for key in pile.photos if key not in gone.photos]
    later = Pile(left, np.stack([pile._features[pile._row[key]] for key in left]))
    later.restore(kept)
    assert later.acts == 1
    later.undo()
    assert not any(group.name for group in later.groups)


def test_a_photo_taken_out_does_not_come_back(pile):
    one = of_kind(pile, 1)
    pile.move([one.photos[-1]], None)
    assert one.photos[-1] in pile.left
    pile.regroup()
    assert one.photos[-1] not in pile.group(one.id).photos
    alone = pile.gather([one.photos[-1]])
    assert {(one.id, alone), (alone, one.id)}.isdisjoint(pile.doubts()), "whoever takes it out has said so"
    pile.move([one.photos[-1]], one.id)
    assert one.photos[-1] in pile.group(one.id).photos


def test_undo_takes_back_act_by_act(pile):
    before = pile.as_json()
    one, other = pile.groups[0], pile.groups[1]
    pile.name([one.id], "daisy")
    pile.regroup()
    pile.set_aside(one.photos[:2])
    pile.merge([one.id, other.id])
    pile.split(one.id)
    pile.move(other.photos[:1], one.id)
    pile.same(pile.groups[-1].id, pile.groups[0].id, False)
    after, acts = pile.as_json(), pile.acts
    while pile.undo():
        pass
    assert pile.as_json() == before
    while pile.redo():
        pass
    assert (pile.as_json(), pile.acts) == (after, acts)
    pile.undo()
    pile.name([pile.groups[0].id], "aster")
    assert not pile.redo(), "something else was done since"


def test_what_was_set_aside_stays_so_until_it_gets_a_group(pile):
    group = pile.groups[0]
    first, second, third = group.photos[:3]
    pile.set_aside([first])
    pile.set_aside([second, third])
    assert set(pile.aside) == {first, second, third}
    pile.move([first], group.id)
    assert set(pile.aside) == {second, third}
    pile.gather([second], "daisy")
    assert set(pile.aside) == {third}


def test_photos_that_are_to_test_are_undone_and_kept_like_all_else(pile):
    first, second = pile.groups[0].photos[:2]
    pile.move([first, second], None)
    for photo in (first, second):
        pile.gather([photo], "daisy", as_test=True)
    pile.undo()
    assert pile.tests == {first}
    pile.gather([second], "daisy", as_test=True)
    pile.move([first], None)
    kept = pile.as_json()
    pile.restore(kept)
    assert pile.tests == {second}
    for state in kept["states"]:
        del state["tests"]  # as earlier versions kept it
    pile.restore(kept)
    assert not pile.tests


def test_a_plan_for_what_stands_no_more_is_refused(pile):
    plan = pile.plan()
    pile.name([pile.groups[0].id], "daisy")
    assert not pile.take(plan)
    assert pile.take(pile.plan())


def brought_back(kept, photos, features):
    pile = Pile(photos, features)
    pile.restore(kept)
    return pile


def test_what_was_kept_comes_back_without_the_photos_that_are_gone(pile):
    pile.name([pile.groups[0].id], "daisy")
    kept = json.loads(json.dumps(pile.as_json()))
    gone = pile.groups[0].photos[0]
    photos = [key for key in pile.photos if key != gone]
    back = brought_back(kept, photos, features()[[int(key) for key in photos]])
    assert [one.id for one in back.groups] == [one.id for one in pile.groups]
    assert gone not in back.groups[0].photos
    assert len(back.groups[0].photos) == EACH - 1
    with pytest.raises(ValueError, match="no pile"):
        brought_back({"format": 1}, photos, features()[: len(photos)])


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, 5), (1, "x" * 256), (3, "x" * 256), (4, -2), (5, "nan"), (5, 2), ("id", -1), ("id", 1 << 40), ("id", "1")],
)
def test_what_no_pile_can_have_is_refused(pile, place, value):
    """A stranger's project: numbers that stand for other rows or that Qt cannot carry, names without an end."""
    kept = pile.as_json()
    if place == "id":
        kept["states"][0]["groups"][0][0] = value
    else:
        kept["groups"][0][place] = value
    with pytest.raises(ValueError, match="no pile"):
        brought_back(kept, pile.photos, features())


def test_a_pile_of_further_photos_stands_as_the_one_before(pile):
    pile.name([pile.groups[0].id], "daisy")
    plan = pile.plan()
    more = Pile([*pile.photos, "new"], np.concatenate([features(), features()[:1]]))
    more.follow(pile)
    assert [(one.id, one.name, one.photos) for one in more.groups] == [
        (one.id, one.name, one.photos) for one in pile.groups
    ]
    assert more.left == ("new",)
    assert not more.take(plan), "it does not know the new photo"
    assert more.undo()
    assert pile.group(pile.groups[0].id).name == "daisy"
    fewer = Pile(pile.photos[1:], features()[1:])
    fewer.follow(pile)
    assert [one.id for one in fewer.groups] == [one.id for one in pile.groups]


def test_what_to_name_next_is_of_each_kind_that_has_no_name(pile):
    found = [{int(key) // EACH for key in look} for look in pile.useful(KINDS)]
    assert sorted(map(min, found)) == [0, 1, 2, 3], "nothing has a name: one of each kind"
    pile.name([of_kind(pile, 0).id], "daisy")
    pile.set_aside(of_kind(pile, 1).photos)
    chosen = pile.useful(2)
    assert {int(look[0]) // EACH for look in chosen} == {2, 3}
    assert {int(look[0]) // EACH for look in pile.useful(8, without=of_kind(pile, 2).photos)} == {3}
    assert pile.useful(100, without=[*of_kind(pile, 2).photos, *of_kind(pile, 3).photos]) == []


def test_names_that_a_photo_may_have_are_those_of_what_it_is_like(pile):
    assert pile.likely(["0", "31"], 9) == [(), ()]
    for kind, name in ((0, "daisy"), (3, "rose"), (2, "tulip")):
        pile.name([of_kind(pile, kind).id], name)
    assert [names[0] for names in pile.likely(["0", "31", "16"], 9)] == ["daisy", "rose", "tulip"]
    assert [len(names) for names in pile.likely(["0"], 2)] == [2]
