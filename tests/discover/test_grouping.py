"""Groups of photos that look alike: kinds are found whatever stands beside them, and bad input harms nothing."""

import numpy as np
import pytest

from spa_desktop.discover.grouping import Compared, Known, average_linkage, find_groups, halves, tightness
from spa_desktop.discover.pile import Pile

WIDTH = 48


def kinds(count, each, seed=0):
    """Photos of kinds far from each other, which kinds they are of, and where those lie."""
    random = np.random.RandomState(seed)
    middles = 20 * np.linalg.qr(np.random.RandomState(99).randn(WIDTH, WIDTH))[0][:count]
    rows = np.repeat(middles, each, axis=0) + random.randn(count * each, WIDTH)
    return rows.astype(np.float32), np.repeat(np.arange(count), each), middles.astype(np.float32)


def pile_of(rows, known=None):
    made = Pile([str(number) for number in range(len(rows))], rows, known)
    made.regroup()
    return made


def labels_of(pile):
    labels = np.full(len(pile.photos), -1)
    for one in pile.groups:
        labels[[int(photo) for photo in one.photos]] = one.id
    return labels


def test_the_number_of_kinds_is_found_not_given():
    for count, each in ((2, 20), (6, 5), (12, 9)):
        rows, truth, _ = kinds(count, each)
        labels = labels_of(pile_of(rows))
        assert [len(set(truth[labels == one])) for one in np.unique(labels)] == [1] * count


def test_linkage_joins_as_scipy_does():
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    rows = np.random.RandomState(1).randn(60, 5).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    tree, theirs = average_linkage(rows, -0.5), linkage(pdist(rows, "cosine"), "average")
    for cosine in (0.9, 0.5, 0.1):
        mine, expected = tree.groups(cosine), fcluster(theirs, 1 - cosine, "distance")
        assert np.array_equal(mine[:, None] == mine, expected[:, None] == expected)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_next_to_no_photos_are_left_over(count):
    pile = pile_of(np.ones((count, WIDTH), np.float32) * np.arange(count)[:, None])
    assert pile.groups == []
    assert len(pile.left) == count
    assert pile.doubts() == []
    assert not pile.undo()


def test_near_duplicates_by_the_hundred_take_no_group_from_the_others():
    rows, truth, _ = kinds(4, 8)
    again = rows[:1] + 0.01 * np.random.RandomState(5).randn(200, WIDTH).astype(np.float32)
    pile = pile_of(np.concatenate([rows, again]))
    labels = labels_of(pile)
    assert [len(set(truth[labels[: len(rows)] == one])) for one in np.unique(labels)] == [1, 1, 1, 1]
    one = next(one for one in pile.groups if "0" in one.photos)
    assert sorted(len(look) for look in one.looks) == [1] * 7 + [201]


def test_near_duplicates_of_more_than_one_neighbourhood_are_one_look():
    """Twelve and twelve shots have eight neighbours each among their own."""
    rows, _, _ = kinds(4, 8)
    shots = rows[:1] + np.repeat([[0.0], [0.01]], 12, axis=0) + 1e-4 * np.random.RandomState(5).randn(24, WIDTH)
    look = Compared(np.concatenate([rows, shots]).astype(np.float32), Known.nothing(WIDTH)).look
    assert len(set(look[len(rows) :])) == 1
    assert len(set(look)) == len(rows)


def test_photos_of_a_known_class_are_beside_it_and_those_of_no_class_are_not():
    rows, truth, middles = kinds(6, 8)
    known = Known(("daisy", "rose", "absent"), np.concatenate([middles[:2], -middles[5:]]), np.full(3, 20, np.float32))
    pile = pile_of(rows, known)
    likes = {int(truth[int(one.photos[0])]): one.like for one in pile.groups}
    assert likes == {0: "daisy", 1: "rose", 2: "", 3: "", 4: "", 5: ""}


def test_a_photo_taken_out_of_a_known_class_is_not_put_back_into_it():
    rows, _, middles = kinds(4, 8)
    pile = pile_of(rows, Known(("daisy",), middles[:1], np.full(1, 20, np.float32)))
    one = next(one for one in pile.groups if one.like == "daisy")
    pile.move(one.photos[:1], None)
    pile.regroup()
    assert all(one.photos[0] not in other.photos for other in pile.groups if other.like == "daisy")
    assert one.photos[0] not in pile.group(one.id).photos


def test_a_named_group_takes_the_place_of_the_known_class_of_its_name():
    rows, _, middles = kinds(4, 8)
    pile = pile_of(rows, Known(("daisy",), middles[:1], np.full(1, 20, np.float32)))
    one = next(one for one in pile.groups if one.like == "daisy")
    first, rest = one.photos[:4], one.photos[4:]
    pile.gather(first, "daisy")
    pile.regroup()
    beside = next(other for other in pile.groups if set(rest) <= set(other.photos))
    assert (beside.like, beside.touched) == ("daisy", False)
    assert set(pile.group(beside.beside).photos) == set(first)


def test_after_learning_the_same_photos_are_beside_the_class_that_was_learned():
    rows, _, middles = kinds(4, 8)
    pile = pile_of(rows)
    one = pile.groups[0]
    kind = int(one.photos[0]) // 8
    pile.set_aside(one.photos[:1])
    learned = Pile(pile.photos, 2 * rows, Known(("daisy",), 2 * middles[kind : kind + 1], np.full(1, 8, np.float32)))
    learned.follow(pile)
    learned.regroup()
    assert [other.id for other in learned.groups if other.like == "daisy"] == [one.id]
    assert learned.undo()
    assert learned.group(one.id).photos == one.photos


def test_a_photo_between_two_groups_waits_until_a_person_touched_the_one_it_is_most_like():
    kinds = np.repeat(np.eye(2, WIDTH, dtype=np.float32), 4, axis=0)
    between = np.array([[0.72, 0.694] + [0.0] * (WIDTH - 2)], np.float32)
    none, one = np.zeros((0, WIDTH), np.float32), np.ones(9, np.int64)
    labels, _ = find_groups(np.concatenate([kinds, between]), one, none, np.zeros(0, np.float32), cosine=0.3)
    assert [*labels] == [0, 0, 0, 0, 1, 1, 1, 1, -1]
    free, of_first = np.concatenate([kinds[4:], between]), np.full(1, 4, np.float32)
    assert find_groups(free, one[:5], kinds[:1], of_first, cosine=0.3)[0][-1] == -1
    labels, like = find_groups(free, one[:5], kinds[:1], of_first, told=1, cosine=0.3)
    assert like[labels[-1]] == 0


def test_a_group_of_kinds_falls_into_them():
    rows, _, _ = kinds(3, 6)
    assert sorted(part.tolist() for part in halves(rows)) == [list(range(6)), list(range(6, 12)), list(range(12, 18))]
    two = rows[:12]
    assert sorted(part.tolist() for part in halves(two)) == [list(range(6)), list(range(6, 12))]
    assert [len(part) for part in halves(rows[:1])] == [1]


def test_photos_that_are_alike_are_tighter():
    rows, _, _ = kinds(2, 6)
    seen = Compared(rows, Known.nothing(WIDTH)).rows
    assert tightness(seen[:6]) > 0.5 > tightness(seen)


def test_what_was_named_teaches_by_what_photos_of_one_kind_differ():
    random = np.random.RandomState(0)
    axes = np.linalg.qr(random.randn(WIDTH, WIDTH))[0]
    kind, by_day = np.repeat(np.arange(6), 10), np.tile([1, -1], 30)
    rows = (60 * axes[kind] + 60 * by_day[:, None] * axes[6] + 3 * random.randn(60, WIDTH)).astype(np.float32)
    seen = Compared(rows, Known(("daisy",), rows[kind == 5].mean(axis=0, keepdims=True), np.ones(1, np.float32)))

    def day_and_night(compared):
        day, night = (compared.rows[(kind == 5) & (by_day == one)].mean(axis=0) for one in (1, -1))
        return float(day @ night) / np.linalg.norm(day) / np.linalg.norm(night)

    told = seen.as_told([np.flatnonzero(kind == one) for one in range(4)])
    assert day_and_night(told) > day_and_night(seen) + 0.1
    assert told.cosine < seen.cosine
    assert (told.rows @ told.anchors[0] / np.linalg.norm(told.anchors[0]))[kind == 5].min() > 0.3
    assert seen.as_told([[0], [1]]) is seen, "of single photos nothing is learned"
