"""What learning corrections did, in numbers: which of them are right now, and what the classes lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spa_desktop.project.records import ClassRecord
from spa_desktop.workbench.class_change import ClassChange


@dataclass(frozen=True)
class Judged:
    """Whether a corrected photo was taken for its class before, and is now."""

    is_test: bool
    was_right: bool
    is_right: bool


@dataclass(frozen=True)
class CorrectionOutcome:
    """What came of learning corrections.

    Whether a photo is right is asked of the labels as they are now, before and after. A corrected photo of training was
    learned, so that it is right now is to be expected; a corrected test photo was not.

    Attributes:
        photos: how many corrections were carried out.
        judged: those of them whose class is known now: the others were set aside, or are of a class to learn yet.
        made: names of classes that were made and learned.
        waiting: names of classes that photos were moved to, and that are not learned.
        changes: by class, the accuracy on test photos that were not corrected, before and now; most lost first.
        learner_id: of what was learned, None where nothing is.
        seconds: how long it took.
    """

    photos: int
    judged: tuple[Judged, ...]
    made: tuple[str, ...]
    waiting: tuple[str, ...]
    changes: tuple[ClassChange, ...]
    learner_id: int | None
    seconds: float

    @property
    def right(self) -> int:
        """How many of the judged photos are taken for their class now."""
        return sum(one.is_right for one in self.judged)

    @property
    def right_before(self) -> int:
        """How many of them were before."""
        return sum(one.was_right for one in self.judged)

    @property
    def lost(self) -> tuple[ClassChange, ...]:
        """The classes that lost, those that lost most first."""
        return tuple(one for one in self.changes if one.lost is not None and one.lost > 0)

    @property
    def won(self) -> tuple[ClassChange, ...]:
        """The classes that won, those that won most first."""
        return tuple(sorted((one for one in self.changes if (one.lost or 0) < 0), key=lambda one: one.lost or 0))


def changes_of(
    classes: Sequence[ClassRecord],
    labels: Mapping[int, int],
    before: Mapping[int, int],
    after: Mapping[int, int],
) -> tuple[ClassChange, ...]:
    """What classes lost or won on the same photos.

    Args:
        classes: that were known before.
        labels: class by test photo; only these are counted.
        before: what each was taken for before.
        after: what each is taken for now.
    """
    counted: dict[int, list[int]] = {item.id: [0, 0, 0] for item in classes}
    for photo_id, class_id in labels.items():
        if class_id in counted and photo_id in before and photo_id in after:
            row = counted[class_id]
            row[0] += 1
            row[1] += before[photo_id] == class_id
            row[2] += after[photo_id] == class_id
    found = [
        ClassChange(item.name, item.color, count, *(100 * right / count if count else None for right in rights))
        for item, (count, *rights) in ((item, counted[item.id]) for item in classes)
    ]
    return tuple(sorted(found, key=lambda one: -(one.lost if one.lost is not None else float("-inf"))))
