"""An order of the classes in which those that are taken for each other stand together."""

from __future__ import annotations

from collections.abc import Mapping

from spa_desktop.project.records import TestAnswer
from spa_desktop.ui.results.results_report import Report

_LEAST = 1e-6  # a probability below it says nothing
_MOST_OPTIMAL = 200  # classes up to which the leaves of the tree are turned to stand best: it takes their cube


def similar_order(report: Report, answers: Mapping[int, TestAnswer]) -> tuple[int, ...]:
    """Places of :attr:`Report.classes` in an order that groups similar ones. For worker threads.

    How similar two classes are is how probable the model finds the one for test photos of the other, on average, both
    ways; that tells even where every photo is answered right. The logarithms are clustered hierarchically (average
    linkage), and the leaves of the tree are turned so that neighbours are alike (Bar-Joseph, Gifford and Jaakkola,
    "Fast optimal leaf ordering for hierarchical clustering", 2001). Ours.

    Args:
        report: the classes and their photos.
        answers: what was kept of the answers, by photo: the most probable classes.
    """
    number = len(report.classes)
    if number < 3:
        return tuple(range(number))
    import numpy as np
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    places = {one.id: place for place, one in enumerate(report.classes)}
    given = np.zeros((number, number))
    photos = np.zeros(number)
    for photo in report.photos:
        kept = answers.get(photo.id)
        if kept is None:
            continue
        photos[photo.truth] += 1
        for class_id, share in zip(kept.class_ids, kept.probabilities, strict=True):
            if class_id in places:
                given[photo.truth, places[class_id]] += share
    shares = given / np.maximum(photos, 1)[:, None]
    distances = -np.log(np.clip((shares + shares.T) / 2, _LEAST, 1.0))
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), "average", optimal_ordering=number <= _MOST_OPTIMAL)
    order = [int(place) for place in leaves_list(tree)]
    # A tree can be read from either end: begin at the one whose class was learned first.
    return tuple(order if order[0] <= order[-1] else reversed(order))
