"""What the benchmark of piles counts, on photos whose groups are plain."""

from collections import Counter

import numpy as np

from benchmarks.discover import found, hungarian, placed, semi_supervised, sort
from spa_desktop.discover.pile import Pile
from tests.discover.test_grouping import kinds

KINDS, EACH = 6, 8


def photos(seed=0):
    return kinds(KINDS, EACH, seed)[:2]


def test_groups_are_right_by_the_best_assignment_and_left_over_photos_are_wrong():
    truth = np.array([0, 0, 0, 1, 1, 1])
    assert hungarian(np.array([7, 7, 7, 3, 3, 3]), truth) == 1
    assert hungarian(np.array([7, 7, 7, 7, 7, 7]), truth) == 0.5
    assert hungarian(np.array([-1, 7, 7, 3, 3, -1]), truth) == 4 / 6
    rows = np.eye(2, dtype=np.float32)[truth]
    assert hungarian(placed(np.array([-1, 7, 7, 3, 3, -1]), rows), truth) == 1


def test_a_class_is_found_where_a_group_of_five_is_four_fifths_its_own():
    labels = np.array([1] * 5 + [2] * 5 + [3] * 4)
    truth = np.array([0, 0, 0, 0, 9, 1, 1, 1, 9, 9, 2, 2, 2, 2])
    assert found(labels, truth, np.array([0, 1, 2])) == {"classes": 3, "found": 1, "pure": 0.5, "in pure": 4 / 11}


def test_new_classes_are_found_beside_labelled_ones():
    rows, truth = photos()
    labelled, given = photos(seed=1)
    some = given < KINDS // 2
    assert hungarian(semi_supervised(rows, labelled[some], given[some], KINDS, 0), truth) == 1


def test_a_person_names_each_kind_once_and_no_photo_by_hand():
    rows, truth = photos()
    pile = Pile([str(row) for row in range(len(rows))], rows)
    pile.regroup()
    keys = Counter(sort(pile, {str(row): int(kind) for row, kind in enumerate(truth)}))
    assert keys == {"name": KINDS}
    assert {one.name: len(one.photos) for one in pile.groups} == {str(kind): EACH for kind in range(KINDS)}


def test_a_photo_in_the_wrong_group_costs_a_key_and_another_to_bring_it_home():
    rows, truth = photos()
    rows[0] = rows[EACH + 1] + 0.5 * (rows[0] - rows[1])  # looks like the second kind
    pile = Pile([str(row) for row in range(len(rows))], rows)
    pile.regroup()
    keys = Counter(sort(pile, {str(row): int(kind) for row, kind in enumerate(truth)}))
    assert keys["name"] == KINDS
    assert keys["out"] == 1
    assert 1 <= keys["by hand"] <= 2
    assert pile.left == ()
