"""How the exemplars lie: in one row or several, as large as the room allows."""

from __future__ import annotations

from dataclasses import dataclass

MOST = 256  # pixels of a photo's longer side
LEAST = 72  # below it a photo is too small to see
_WORTH = 1.25  # another row has to make the photos so much larger


@dataclass(frozen=True)
class Arrangement:
    """Squares of one size, row by row.

    Attributes:
        columns: squares in a row.
        rows: of squares.
        side: of a square.
    """

    columns: int
    rows: int
    side: float


def arrange(number: int, width: float, height: float, gap: float) -> Arrangement:
    """The arrangement with the largest squares; of those that are much alike, the one with the fewest rows.

    Squares are never smaller than `LEAST`, unless not even one beside the other has so much room.

    >>> arrange(6, 1340, 500, 8)
    Arrangement(columns=6, rows=1, side=215.33333333333334)
    >>> arrange(6, 468, 240, 8)
    Arrangement(columns=3, rows=2, side=112.0)
    """
    found = None
    for rows in range(1, max(number, 1) + 1):
        columns = -(-max(number, 1) // rows)
        side = min(width / columns - gap, height / rows - gap, MOST)
        if found is None or side > _WORTH * found.side:
            found = Arrangement(columns, rows, max(side, 1.0))
    assert found is not None, "one row is always tried"
    if found.side < LEAST:  # too low: a strip that scrolls with the page is better than photos that cannot be seen
        rows = next((n for n in range(1, number + 1) if width / -(-number // n) - gap >= LEAST), max(number, 1))
        columns = -(-max(number, 1) // rows)
        found = Arrangement(columns, rows, max(min(LEAST, width / columns - gap), 1.0))
    return found
