"""Groups of photos as rows: what a row shows, and where in it each thing lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics

from spa_desktop.ui.style.theme import Space
from spa_desktop.ui.thumbnails.photo_model import Look, PhotoList
from spa_desktop.ui.widgets.words import count, photos

LEFT, ASIDE = -1, -2  # in place of the number of a group
PHOTO = 2_000_000_000  # and from here on photos that are to be named one by one
PANEL, NARROW_PANEL = 320, 264  # pixels for the name and what belongs to it
FIELD = 32  # height of the field for the name
_NARROW = 900  # width of the list below which the panel is narrow
_FOLDED, SMALL = 44, 28  # heights of a row of one line of pictures, and of a picture in it
MOST_IN_LINE = 12  # pictures of a group in one line
_LINE = 22
_GAP = int(Space.XS)
_COUNT = 80
MOST = 400  # photos of a row that is opened


@dataclass(frozen=True)
class Suggestion:
    """A name that a group may have."""

    text: str  # as it is shown
    is_known: bool = False  # it is a class of the project, or another group has it
    # Enough for the field to offer it: who presses Enter without a look does not say what is false.
    is_sure: bool = True


@dataclass(frozen=True)
class GroupRow:
    """A group, one photo that is most useful to label, the photos that are left over, or those that were set aside."""

    id: int  # of the group, or `PHOTO` and the place among the photos to label, or `LEFT`, or `ASIDE`
    photos: tuple[str, ...]  # keys of those that differ, the most typical first
    # Of those that there are near-duplicates of, all of them, by the key that stands for them.
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    name: str = ""  # as it is shown; "" where it has none
    # Names that it may have: three at most, of one photo as many as there are keys.
    suggestions: tuple[Suggestion, ...] = ()
    hint: str = ""  # a line about it
    parts: tuple[tuple[str, ...], ...] = ()  # what it would be split into, while that is looked at
    is_open: bool = False  # all of its photos are shown
    unstacked: frozenset[str] = frozenset()  # photos that are shown beside their near-duplicates

    def all_of(self, keys: Iterable[str]) -> list[str]:
        """Photos with their near-duplicates."""
        return [copy for key in keys for copy in self.copies.get(key, (key,))]

    @property
    def total(self) -> int:
        """How many photos there are, near-duplicates counted."""
        return len(self.photos) + sum(len(keys) - 1 for keys in self.copies.values())

    @property
    def is_group(self) -> bool:
        """It can have a name."""
        return self.id > 0

    @property
    def is_photo(self) -> bool:
        """It is one photo, which can have a name, but not be merged or split."""
        return self.id >= PHOTO

    @property
    def can_split(self) -> bool:
        """It is a group of photos that differ."""
        return self.is_group and not self.is_photo and len(self.photos) > 1

    @property
    def is_folded(self) -> bool:
        """It takes one line: it has its name, or is out of the way."""
        return bool(self.name or self.id == ASIDE) and not self.is_open and not self.parts

    @property
    def shown(self) -> tuple[str, ...]:
        """Photos in the order in which the arrow keys go through them."""
        return tuple(key for part in self.parts for key in part) or self.photos


class GroupModel(PhotoList):
    """The rows, in the order in which they are shown."""

    @property
    def rows(self) -> tuple[GroupRow, ...]:
        return self.photos

    def look(self, row: GroupRow) -> Look:
        return Look(said=self.said(row))

    def title(self, row: GroupRow) -> str:
        """What a row that is no group is called. The number stands beside it; Chinese has a colon of its own."""
        return self.said(row).removesuffix(photos(row.total)).rstrip(" :：")

    def said(self, row: GroupRow) -> str:
        """A row for a screen reader."""
        if row.id == LEFT:
            return self.tr("Left over: {photos}").format(photos=photos(row.total))
        if row.id == ASIDE:
            return self.tr("Set aside: {photos}").format(photos=photos(row.total))
        bare = self.tr("Photo without a name") if row.is_photo else self.tr("Group without a name")
        parts = [row.name or bare, photos(row.total)]
        if row.suggestions and not row.name:
            parts.append(
                self.tr("may be {names}").format(names=", ".join(suggestion.text for suggestion in row.suggestions))
            )
        return ", ".join([*parts, *filter(None, [row.hint])])


@dataclass(frozen=True)
class Places:
    """Where in a row things lie, from its top left corner."""

    photos: tuple[tuple[str, QRect], ...]  # key and rectangle of each picture
    more: QRect | None  # the tile that says how many photos are not shown; None where all are
    hidden: int  # how many these are
    name: QRect  # the field, or the name
    count: QRect  # how many photos there are
    suggestions: tuple[QRect, ...]  # one rectangle each
    hint: QRect  # the line about it
    actions: QRect  # what can be clicked, beneath
    height: int  # of the row
    lines: tuple[int, ...] = ()  # between the parts of a group that would be split


def places_of(row: GroupRow, width: int, side: int, metrics: QFontMetrics) -> Places:
    """Lay out a row of a list `width` wide: one picture of `side`, others of half of it; `metrics` are of captions."""
    panel = PANEL if width >= _NARROW else NARROW_PANEL
    left, room = int(Space.M), width - panel - 2 * Space.M - Space.L
    at = left + side + Space.L if row.is_photo else width - panel - Space.M  # what belongs to one photo is beside it
    if row.is_folded:
        middle = (_FOLDED - SMALL) // 2
        step = SMALL + _GAP
        fitting = min(max(room // step - 2, 1), MOST_IN_LINE)  # two are the room for the tile
        small = tuple(
            (key, QRect(left + place * step, middle, SMALL, SMALL)) for place, key in enumerate(row.photos[:fitting])
        )
        hidden = len(row.photos) - len(small)
        wide = max(metrics.horizontalAdvance(f"+{count(hidden)}") + Space.S, SMALL)
        more = QRect(left + fitting * step, middle, wide, SMALL) if hidden else None
        name = QRect(at, 0, panel - _COUNT - Space.S, _FOLDED)
        number = QRect(at + panel - _COUNT, 0, _COUNT, _FOLDED)
        actions = QRect(at, _FOLDED - _LINE, panel, _LINE)
        return Places(small, more, hidden, name, number, (), QRect(), actions, _FOLDED)
    top, shown, more, hidden, lines = int(Space.M), [], None, 0, []
    for place, part in enumerate(row.parts or (row.photos,)):
        if place:
            top += Space.M
            lines.append(top)
            top += Space.M
        pictures, more, hidden, top = _pictures(part, QRect(left, top, room, 0), side, row)
        shown += pictures
    name = QRect(at, int(Space.M), panel - _COUNT - Space.S, FIELD)
    number = QRect(at + panel - _COUNT, int(Space.M), _COUNT, FIELD)
    below, suggestions = name.bottom() + 1 + Space.S, []
    x = at
    for place, suggestion in enumerate(row.suggestions):
        wide = min(metrics.horizontalAdvance(f"{place + 1}  {suggestion.text}") + 2 * Space.S, panel)
        if x + wide > at + panel and x > at:
            x, below = at, below + _LINE + _GAP
        suggestions.append(QRect(x, below, wide, _LINE))
        x += wide + _GAP
    below += (_LINE + _GAP) * bool(suggestions)
    hint = QRect(at, below, panel, _LINE * 2 if row.hint and len(row.hint) > 44 else _LINE if row.hint else 0)
    below = hint.bottom() + 1 + (_GAP if row.hint else 0)
    actions = QRect(at, below, panel, _LINE)
    height = max(top, actions.bottom() + 1) + Space.M
    return Places(tuple(shown), more, hidden, name, number, tuple(suggestions), hint, actions, height, tuple(lines))


def _pictures(
    keys: Sequence[str], box: QRect, side: int, row: GroupRow
) -> tuple[list[tuple[str, QRect]], QRect | None, int, int]:
    """A large picture and two lines of small ones, or as many lines as there are photos. Gives where they end."""
    half = (side - _GAP) // 2
    step = half + _GAP
    is_left = not row.is_group
    shown: list[tuple[str, QRect]] = []
    if not is_left and keys:
        shown.append((keys[0], QRect(box.left(), box.top(), side, side)))
    start = box.left() + (0 if is_left else side + _GAP)
    rest = keys[len(shown) :]
    across, all_across = max((box.right() - start + _GAP) // step, 1), max((box.width() + _GAP) // step, 1)
    if not row.is_open:  # two lines of like length, so that they are seen at a glance
        across = min(across, max(-(-len(rest) // 2), 1))
    cells = [QRect(start + n % across * step, box.top() + n // across * step, half, half) for n in range(2 * across)]
    limit = len(cells)
    if row.is_open and len(rest) > limit:
        number = min(len(rest), MOST) - limit + 1
        below = box.top() + 2 * step
        cells += [
            QRect(box.left() + n % all_across * step, below + n // all_across * step, half, half) for n in range(number)
        ]
    more, hidden = None, 0
    if len(rest) > len(cells) or (row.is_open and len(rest) > limit):
        fitting = min(len(cells) - 1, len(rest))
        hidden, more = len(rest) - fitting, cells[fitting]
        rest = rest[:fitting]
    shown += list(zip(rest, cells, strict=False))
    bottom = max([rect.bottom() + 1 for _, rect in shown] + [box.top() + (half if is_left else side)])
    return shown, more, hidden, max(bottom, more.bottom() + 1 if more else 0)


def merged_order(shown: Sequence[int], groups: Sequence[int]) -> list[int]:
    """The groups in the order in which they are shown; new ones come last, or behind the one that they came from.

    >>> merged_order([3, 1, 2], [1, 7, 2, 3, 8])
    [3, 1, 7, 2, 8]
    """
    there = set(groups)
    order = [id for id in shown if id in there]
    known = set(order)
    for place, id in enumerate(groups):
        if id not in known:
            is_last = place == 0 or known.isdisjoint(groups[place + 1 :])
            order.insert(len(order) if is_last else order.index(groups[place - 1]) + 1, id)
            known.add(id)
    return order
