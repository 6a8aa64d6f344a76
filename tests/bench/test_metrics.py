"""Metrics against examples worked out by hand."""

import numpy as np
import pytest

from spa_desktop import metrics

TASKS = np.array([0, 0, 1, 2])  # classes 0 and 1 come first, then 2, then 3
LABELS = np.array([0, 0, 1, 1, 2, 2, 3, 3, 3, 3])
UNSEEN = -1
PREDICTIONS = [
    np.array([0, 0, 1, 0, UNSEEN, UNSEEN, UNSEEN, UNSEEN, UNSEEN, UNSEEN]),
    np.array([0, 2, 1, 0, 2, 1, UNSEEN, UNSEEN, UNSEEN, UNSEEN]),
    np.array([0, 2, 3, 3, 2, 2, 3, 3, 3, 0]),
]
NAN = np.nan
MATRIX = np.array([[0.75, NAN, NAN], [0.5, 0.5, NAN], [0.25, 1.0, 0.75]])


def test_accuracy_matrix() -> None:
    np.testing.assert_array_equal(metrics.accuracy_matrix(PREDICTIONS, LABELS, TASKS), MATRIX)


def test_curve_weighs_photos_not_tasks() -> None:
    photos = metrics.photos_per_task(LABELS, TASKS)
    np.testing.assert_array_equal(photos, [4, 2, 4])
    # After the last task 1 of 4, 2 of 2 and 3 of 4 are right: 6 of 10, not the mean 2/3 of the three accuracies.
    np.testing.assert_allclose(metrics.curve(MATRIX, photos), [3 / 4, 3 / 6, 6 / 10])


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        # Task 0: best of 0.75 and 0.5, now 0.25; task 1: 0.5 before, 1.0 now.
        (MATRIX, ((0.75 - 0.25) + (0.5 - 1.0)) / 2),
        # Task 0 was best after task 1, and task 1 after task 2: not when they were learned.
        (
            [[0.6, NAN, NAN, NAN], [0.9, 0.5, NAN, NAN], [0.7, 0.75, 0.5, NAN], [0.5, 0.5, 0.25, 1.0]],
            ((0.9 - 0.5) + (0.75 - 0.5) + (0.5 - 0.25)) / 3,
        ),
        # With the final stage in the maximum this would be 0: the field's most common slip.
        ([[0.5, NAN], [0.8, 1.0]], -0.3),
        ([[0.4]], 0.0),
        # A task whose test photos came later has nothing to forget.
        ([[NAN, NAN], [80.0, 90.0]], 0.0),
        ([[NAN, NAN, NAN], [NAN, 90.0, NAN], [80.0, 70.0, 60.0]], 20.0),
    ],
)
def test_forgetting_takes_the_best_earlier_stage(matrix, expected) -> None:
    assert metrics.forgetting(np.array(matrix)) == pytest.approx(expected)


def test_a_task_without_test_photos_is_left_out() -> None:
    labels, tasks = np.array([0, 2]), np.array([0, 1, 2])
    matrix = metrics.accuracy_matrix([np.array([0, 0]), np.array([0, 0]), np.array([0, 0])], labels, tasks)
    assert np.isnan(matrix[:, 1]).all()
    np.testing.assert_allclose(metrics.curve(matrix, metrics.photos_per_task(labels, tasks)), [1, 1, 0.5])
    assert metrics.forgetting(matrix) == 0.0


def test_every_task_has_its_count_also_the_last_one_without_photos() -> None:
    assert metrics.photos_per_task([0, 1, 1], [0, 0, 1, 2]).tolist() == [3, 0, 0]
    assert metrics.photos_per_task([0, 2, 3], [0, 0, 1, 2]).tolist() == [1, 1, 1]


def test_confusion() -> None:
    counts = metrics.confusion(LABELS, PREDICTIONS[-1], 5)
    expected = np.zeros((5, 5), dtype=int)
    expected[0, 0] = expected[0, 2] = 1
    expected[1, 3] = 2
    expected[2, 2] = 2
    expected[3, 3], expected[3, 0] = 3, 1
    np.testing.assert_array_equal(counts, expected)


@pytest.mark.parametrize(
    ("right", "photos", "low", "high"),
    [(12, 12, 75.75, 100.0), (0, 5, 0.0, 43.45), (9, 10, 59.58, 98.21), (295, 312, 91.45, 96.57), (1, 1, 20.65, 100.0)],
)
def test_the_range_of_an_accuracy_is_wilsons(right: int, photos: int, low: float, high: float) -> None:
    assert metrics.Accuracy(right, photos).range == pytest.approx((low, high), abs=0.01)


def test_a_range_is_written_so_that_its_ends_differ() -> None:
    written = {n: metrics.Accuracy(n, n).range_texts for n in (12, 1000, 7680, 10**6)}
    assert written == {
        12: ("76", "100"),
        1000: ("99.6", "100.0"),
        7680: ("99.95", "100.00"),
        10**6: ("99.9996", "100.0000"),
    }


def test_what_was_not_measured_has_no_figure() -> None:
    nothing = metrics.Accuracy()
    assert (str(nothing), nothing.per_cent, nothing.range) == ("not measured", None, None)
    assert nothing.to_json() == {"right": 0, "photos": 0, "range": None}
    assert sum([metrics.Accuracy(2, 3), metrics.Accuracy(1, 1)], nothing) == metrics.Accuracy(3, 4)


def test_calibration_error() -> None:
    # Two bins: [0, 0.5] holds one photo of confidence 0.5, right; (0.5, 1] holds 0.9 right and 0.7 wrong.
    probabilities = np.array([[0.5, 0.3, 0.2], [0.05, 0.9, 0.05], [0.7, 0.2, 0.1]])
    labels = np.array([0, 1, 2])
    expected = 1 / 3 * abs(1 - 0.5) + 2 / 3 * abs(0.5 - 0.8)
    assert metrics.calibration_error(np.log(probabilities), labels, bins=2) == pytest.approx(expected)


def test_calibration_error_is_confidence_less_accuracy() -> None:
    sure = np.log([[0.9, 0.1]] * 10)
    assert metrics.calibration_error(sure, np.zeros(10, int)) == pytest.approx(0.1)
    assert metrics.calibration_error(sure, np.repeat([0, 1], [9, 1])) == pytest.approx(0.0)
    assert metrics.calibration_error(sure, np.ones(10, int)) == pytest.approx(0.9)
    assert metrics.calibration_error(np.array([[1000.0, 0.0]]), np.array([0])) == pytest.approx(0.0)
    # What is off upwards in one bin does not make up for what is off downwards in another.
    both = np.log([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 10)
    truth = np.repeat([0, 1, 0], [8, 2, 10])
    assert metrics.calibration_error(both, truth) == pytest.approx((0.1 + 0.4) / 2)
