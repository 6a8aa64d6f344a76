"""A pile of photos that is being sorted: groups, what the user did with them, and what is left over.

Nothing here knows files or a window. What the user has touched never moves by itself: the rest is grouped anew around
it. Each act makes a new state, so one stack undoes them all, and :meth:`Pile.plan`, which takes long, may run in
another thread while acts go on: :meth:`Pile.take` refuses a plan that was made for what stands no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import numpy as np

from spa_desktop.discover.grouping import Compared, Floats, Known, find_groups, halves, tightness, typical_first
from spa_desktop.discover.useful import doubt_of, most_useful
from spa_desktop.project.class_names import name_key

_FORMAT = 1
_LAST_ID = 1_000_000_000
_LONGEST_NAME = 255
MOST_UNDONE = 30  # acts that can be undone after the pile was kept and brought back
# Photos that were learned elsewhere say less of what is in this pile than its own.
_LEARNED_COUNTS = 3
# Two groups are perhaps one from this share of the threshold on at which they would be.
_DOUBT = 0.7
# What cosines are multiplied with before a softmax makes them probabilities of names: the best of 8, 16 and 32 on
# training photos (docs/search.md).
_SURENESS = 8


@dataclass(frozen=True)
class PileGroup:
    """A group as it is shown."""

    id: int  # stays the same as long as most of its photos stay together
    photos: tuple[str, ...]  # keys, the most typical first, near-duplicates behind each other
    looks: tuple[tuple[str, ...], ...]  # the same, near-duplicates together: one picture and a count each
    name: str  # "" where it has none
    touched: bool  # the user has named, merged, split or filled it: its photos stay
    like: str  # the known class or named group that its photos look like; "" if none
    beside: int | None  # the id of the touched group that its photos look like; None if none
    tightness: float  # how alike its photos are, 0 to 1


@dataclass(frozen=True)
class _Group:
    rows: tuple[int, ...]
    name: str = ""
    touched: bool = False
    like: str = ""
    beside: int | None = None
    tightness: float = 1.0


@dataclass(frozen=True)
class _State:
    """One state; what changes makes another one."""

    groups: Mapping[int, _Group] = field(default_factory=dict)  # by id, in the order in which they are shown
    aside: frozenset[int] = frozenset()  # rows that are not to be sorted
    # (row, id): photos that were taken out of a group, and do not come back by themselves
    apart: frozenset[tuple[int, int]] = frozenset()
    different: frozenset[tuple[int, int]] = frozenset()  # pairs of ids, the smaller first, that are two kinds
    next_id: int = 1  # no group had it yet
    tests: frozenset[int] = frozenset()  # rows that were in no group when they were named, to test with


def _pack_state(state: _State, table: dict[_Group, int]) -> dict[str, Any]:
    """A state as plain values, its groups as places in the table; see :meth:`Pile.as_json`."""
    return {
        "groups": [[id, table.setdefault(group, len(table))] for id, group in state.groups.items()],
        "aside": sorted(state.aside),
        "apart": sorted(map(list, state.apart)),
        "different": sorted(map(list, state.different)),
        "tests": sorted(state.tests),
        "next_id": state.next_id,
    }


def _unpack_group(saved: Sequence[Any], row: Mapping[int, int]) -> _Group:
    """A group that was kept, which may have lost all photos; `row` gives the place that a photo has now."""
    rows, name, touched, like, beside, tight = saved
    there = tuple(dict.fromkeys(row[old] for old in rows if old in row))
    if len(str(name)) > _LONGEST_NAME or len(str(like)) > _LONGEST_NAME or not 0 <= float(tight) <= 1:
        raise ValueError("this is no pile: a name in it is too long, or a number none")
    at = None if beside is None else _checked_id(beside)
    return _Group(there, str(name), bool(touched), str(like), at, float(tight))


def _unpack_state(saved: Mapping[str, Any], table: Sequence[_Group], row: Mapping[int, int]) -> _State:
    """The state that was kept. Raises ValueError, LookupError, TypeError if it is none."""
    groups = {_checked_id(id): table[place] for id, place in saved["groups"] if table[place].rows}
    placed = [at for group in groups.values() for at in group.rows]
    aside = frozenset(row[old] for old in saved["aside"] if old in row)
    if len(set(placed)) != len(placed) or aside & set(placed):
        raise ValueError("a photo stands in it twice")
    return _State(
        groups,
        aside,
        frozenset((row[old], _checked_id(id)) for old, id in saved["apart"] if old in row),
        frozenset((_checked_id(a), _checked_id(b)) for a, b in saved["different"]),
        max([_checked_id(saved["next_id"]), *(id + 1 for id in groups)]),
        frozenset(row[old] for old in saved.get("tests", ()) if old in row),  # earlier versions knew none
    )


def _by_user(state: _State) -> tuple[frozenset[Any], ...]:
    """What of a state the user has said, of groups that have photos."""
    groups = state.groups
    return (
        frozenset((group.rows, group.name) for group in groups.values() if group.touched),
        frozenset((row, id) for row, id in state.apart if id in groups),
        frozenset(pair for pair in state.different if groups.keys() >= set(pair)),
        state.aside,
        state.tests,
    )


def _checked_id(value: object) -> int:
    """A number of a group, which Qt can carry, and which is none of what is left over or aside."""
    if not isinstance(value, int) or not 0 < value <= _LAST_ID:
        raise ValueError(f"this is no pile: a group has the number {str(value)[:20]}")
    return value


def _means(compared: Compared, groups: Sequence[Sequence[int]]) -> Floats:
    """Mean rows ``(g, k)``."""
    means = [compared.rows[list(group)].mean(axis=0) for group in groups]
    return np.stack(means) if means else np.zeros((0, compared.rows.shape[1]), np.float32)


@dataclass(frozen=True)
class Plan:
    """Groups for what nobody has touched, made for one state."""

    before: _State
    after: _State


class Pile:
    """Photos, their groups, and the acts of the user, which raise KeyError for a group or photo that is not there.

    Photos are keys (paths or hashes), each once, with features ``(n, d)`` from `Space.rows`.
    """

    def __init__(self, photos: Sequence[str], features: Floats, known: Known | None = None) -> None:
        """Every photo is left over: :meth:`regroup` makes groups."""
        self.photos = tuple(photos)
        self.known = known if known is not None else Known.nothing(features.shape[1])
        self._features = features
        self._compared: Compared | None = None
        self._row = {key: row for row, key in enumerate(self.photos)}
        self._state = _State()
        self._undone: list[_State] = []  # before each act, the last one last
        self._redone: list[_State] = []  # after those that were undone
        self._shown: dict[int, tuple[_Group, PileGroup]] = {}
        self._middles: dict[int, tuple[_Group, Floats]] = {}  # of named groups

    @property
    def groups(self) -> list[PileGroup]:
        """In a lasting order: a group that is new comes last."""
        return [self.group(id) for id in self._state.groups]

    def group(self, id: int) -> PileGroup:
        group, known = self._state.groups[id], self._shown.get(id)
        if known is None or known[0] is not group:  # most groups are what they were
            look = self.compare().look[list(group.rows)].tolist()
            keys = [self.photos[row] for row in group.rows]
            pairs = groupby(zip(look, keys, strict=True), key=lambda pair: pair[0])
            looks = [tuple(key for _, key in some) for _, some in pairs]
            made = PileGroup(
                id, tuple(keys), tuple(looks), group.name, group.touched, group.like, group.beside, group.tightness
            )
            known = self._shown[id] = group, made
        return known[1]

    def grouped(self, plan: Plan | None = None) -> list[tuple[str, ...]]:
        """The photos of each group: of a plan, or of those that are there. Safe in another thread."""
        state = self._state if plan is None else plan.after
        return [tuple(self.photos[row] for row in group.rows) for group in state.groups.values()]

    @property
    def left(self) -> tuple[str, ...]:
        """Photos of no group, in the order given."""
        taken = {row for group in self._state.groups.values() for row in group.rows} | self._state.aside
        return tuple(key for row, key in enumerate(self.photos) if row not in taken)

    @property
    def aside(self) -> tuple[str, ...]:
        """Photos that are not to be sorted."""
        return tuple(self.photos[row] for row in sorted(self._state.aside))

    @property
    def tests(self) -> frozenset[str]:
        """Photos that were gathered as a test."""
        return frozenset(self.photos[row] for row in self._state.tests)

    def name(self, ids: Sequence[int], name: str) -> int:
        """Name groups, and give the id of the group that has the name now.

        Several become one, and so do groups of one name, as a name is a class.
        """
        name = name.strip()
        state = self._state
        same = [id for id in self._find_ids(name) if id not in ids]
        name = state.groups[same[0]].name if same else name
        state, target = self._merge_groups(state, [*same, *ids])
        groups = dict(state.groups)
        groups[target] = replace(groups[target], name=name, touched=True, like="", beside=None)
        self._do(replace(state, groups=groups))
        return target

    def _find_ids(self, name: str) -> list[int]:
        """Ids of the groups that have a name, however it is spelled."""
        return [id for id, group in self._state.groups.items() if name and name_key(group.name) == name_key(name)]

    def merge(self, ids: Sequence[int]) -> int:
        """Make one group of several: the first stays, with the first name that one of them has."""
        state, target = self._merge_groups(self._state, ids)
        self._do(state)
        return target

    def propose_split(self, id: int) -> list[tuple[str, ...]]:
        """The two or three kinds that a group falls into, the largest first, each the most typical first."""
        rows = np.array(self._state.groups[id].rows)
        parts = [rows[part] for part in halves(self.compare().rows[rows])]
        return [tuple(self.photos[row] for row in self._order_rows(part.tolist())) for part in parts]

    def split(self, id: int, parts: Sequence[Sequence[str]] | None = None) -> list[int]:
        """Make several groups of one; they count as different kinds. The first keeps id and name.

        The parts are those of :meth:`propose_split`, or others. Photos in none of them stay in the first.
        """
        parts = self.propose_split(id) if parts is None else parts
        state, group = self._state, self._state.groups[id]
        others = [[self._row[key] for key in part] for part in parts[1:]]
        gone = {row for part in others for row in part}
        if not gone <= set(group.rows):
            raise KeyError(id)
        groups = dict(state.groups)
        groups[id] = self._make_group([row for row in group.rows if row not in gone], group.name)
        ids = [id, *range(state.next_id, state.next_id + len(others))]
        # The new ones stand behind the first, where the eye is.
        order: dict[int, _Group] = {}
        for key, value in groups.items():
            order[key] = value
            if key == id:
                order |= {new: self._make_group(part) for new, part in zip(ids[1:], others, strict=True)}
        pairs = {(a, b) for place, a in enumerate(ids) for b in ids[place + 1 :]}
        self._do(replace(state, groups=order, different=state.different | pairs, next_id=state.next_id + len(others)))
        return ids

    def move(self, photos: Sequence[str], id: int | None) -> None:
        """Move photos to a group; or, with None, out of theirs: they go where they fit when all is grouped anew."""
        rows = [self._row[key] for key in photos]
        state, moved = self._state, set(rows)
        if id is not None and id not in state.groups:
            raise KeyError(id)
        apart = set(state.apart)
        if id is None:
            apart |= {(row, at) for at, group in state.groups.items() for row in moved.intersection(group.rows)}
        state = self._remove_rows(state, rows, keep=id, touch=id is None)
        groups = dict(state.groups)
        if id is not None:
            group = groups[id]
            groups[id] = self._make_group(list(dict.fromkeys((*group.rows, *rows))), group.name)
            apart -= {(row, id) for row in rows}
        tests = state.tests - moved if id is None else state.tests
        self._do(replace(state, groups=groups, apart=frozenset(apart), aside=state.aside - moved, tests=tests))

    def gather(self, photos: Sequence[str], name: str = "", *, as_test: bool = False) -> int:
        """Make a group of photos, wherever they are; of one name with another group it becomes part of that.

        Photos of no group can be gathered `as_test`, until they are moved out of the group again.
        """
        rows, name = [self._row[key] for key in photos], name.strip()
        id = next(iter(self._find_ids(name)), self._state.next_id)
        if id in self._state.groups:
            self.move(photos, id)
        else:
            state = self._remove_rows(self._state, rows, keep=None, touch=False)
            groups = {**state.groups, id: self._make_group(rows, name)}
            gone, old = set(rows), self._state.groups.items()
            apart = state.apart.union((row, key) for key, group in old for row in gone.intersection(group.rows))
            self._do(replace(state, groups=groups, aside=state.aside - gone, apart=apart, next_id=id + 1))
        if as_test:
            self._state = replace(self._state, tests=self._state.tests.union(rows))
        return id

    def set_aside(self, photos: Sequence[str]) -> None:
        """Photos that are not to be sorted. :meth:`move` brings them back."""
        rows = [self._row[key] for key in photos]
        state = self._remove_rows(self._state, rows, keep=None, touch=False)
        self._do(replace(state, aside=state.aside | set(rows)))

    def same(self, first: int, second: int, is_same: bool) -> None:
        """The answer to a pair of :meth:`doubts`."""
        if is_same:
            self.merge([first, second])
            return
        groups = dict(self._state.groups)
        for id, other in ((first, second), (second, first)):
            group = groups[id]
            if group.beside == other or (group.like and group.like == groups[other].name):
                group = replace(group, like="", beside=None)
            groups[id] = replace(group, touched=True)
        pair = (min(first, second), max(first, second))
        self._do(replace(self._state, groups=groups, different=self._state.different | {pair}))

    def doubts(self, most: int = 5) -> list[tuple[int, int]]:
        """Pairs of groups that are close, the closest first: "Are these the same?"."""
        state, ids = self._state, list(self._state.groups)
        means = _means(self.compare(), [state.groups[id].rows for id in ids])
        alike = means @ means.T
        found: list[tuple[int, int]] = []
        pairs = np.argwhere(np.triu(alike >= _DOUBT * self.compare().cosine, 1))
        for i, j in pairs[np.argsort(-alike[tuple(pairs.T)], kind="stable")].tolist():
            if len(found) == most:
                break
            first, second = state.groups[ids[i]], state.groups[ids[j]]
            is_settled = (min(ids[i], ids[j]), max(ids[i], ids[j])) in state.different or (first.name and second.name)
            # All photos of the one were taken out of the other.
            pairs_apart = (((row, ids[j]) for row in first.rows), ((row, ids[i]) for row in second.rows))
            if not is_settled and not any(state.apart.issuperset(apart) for apart in pairs_apart):
                found.append((ids[i], ids[j]))
        return found

    def likely(self, photos: Sequence[str], most: int) -> list[tuple[str, ...]]:
        """Names of learned classes and of groups that each photo is like, the nearest first: so many at most."""
        names, means = self._named_directions(self._state)
        alike = self.compare().rows[[self._row[key] for key in photos]] @ means.T
        return [tuple(names[place] for place in row[:most]) for row in np.argsort(-alike, axis=1).tolist()]

    def useful(self, most: int, without: Collection[str] = ()) -> list[tuple[str, ...]]:
        """Which photos without a name to name next: see :mod:`spa_desktop.discover.useful`. Safe in another thread.

        A photo is doubted as much as it is alike to two of the learned classes and named groups; what has a name counts
        as labelled. At `most` so many photos, each with its near-duplicates, the most useful first; those `without`
        need no name.
        """
        state, compared = self._state, self.compare()
        named = [row for group in state.groups.values() if group.name for row in group.rows]
        settled = {*named, *state.aside, *(self._row[key] for key in without if key in self._row)}
        looks: dict[int, list[int]] = {}
        for row, look in enumerate(compared.look.tolist()):
            if row not in settled:
                looks.setdefault(look, []).append(row)
        bare = list(looks.values())
        rows, (_, means) = compared.rows[[look[0] for look in bare]], self._named_directions(state)
        odds = np.exp(_SURENESS * (rows @ means.T))
        doubt = doubt_of(odds / odds.sum(axis=1, keepdims=True))
        best = most_useful(rows, doubt, most, compared.rows[np.unique(compared.look[named])] if named else None)
        return [tuple(self.photos[row] for row in bare[place]) for place in best]

    def _named_directions(self, state: _State) -> tuple[list[str], Floats]:
        """Learned classes and named groups: names, and the directions ``(n, k)`` in which their photos lie."""
        groups = {id: group for id, group in state.groups.items() if group.name}
        given = {group.name for group in groups.values()} | {""}
        known = [place for place, name in enumerate(self.known.names) if name not in given]
        seen, middles = self.compare(), []
        for id, group in groups.items():
            made = self._middles.get(id)
            if made is None or made[0] is not group:  # most groups are what they were
                made = self._middles[id] = group, _means(seen, [group.rows])[0]
            middles.append(made[1])
        means = np.concatenate([seen.anchors[known], np.stack(middles) if middles else seen.anchors[:0]])
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
        return [*(self.known.names[place] for place in known), *(group.name for group in groups.values())], means

    def regroup(self) -> None:
        """Group anew what nobody has touched: :meth:`plan` and :meth:`take` in one."""
        self.take(self.plan())

    def plan(self) -> Plan:
        """Groups for what nobody has touched, around what the user has. Safe in another thread."""
        state = self._state
        touched = {id: group for id, group in state.groups.items() if group.touched}
        settled = {row for group in touched.values() for row in group.rows} | state.aside
        compared = self.compare().as_told([group.rows for group in touched.values() if group.name])
        free = np.array([row for row in range(len(self.photos)) if row not in settled], dtype=np.int64)
        # Of near-duplicates one takes part, and the others follow it.
        looks, at, place_of = np.unique(compared.look[free], return_index=True, return_inverse=True)
        # What stands: known classes, but for those of which there is a group here, and what the user has touched.
        named = {group.name for group in touched.values()}
        known = [place for place, name in enumerate(self.known.names) if name not in named]
        stands: list[int | str] = [*(self.known.names[place] for place in known), *touched]
        anchors = np.concatenate(
            [compared.anchors[known], _means(compared, [group.rows for group in touched.values()])]
        )
        learned = np.minimum(self.known.counts[known], _LEARNED_COUNTS)
        sizes = np.concatenate([learned, [len(group.rows) for group in touched.values()]]).astype(np.float32)
        row_of = {row: int(place) for row, place in zip(free.tolist(), place_of, strict=True)}
        apart = []
        for row, id in state.apart:
            group = touched.get(id)
            kinds = {id} if group is None else {id, group.name or group.like}
            apart += [(row_of[row], place) for place, what in enumerate(stands) if what in kinds and row in row_of]
        many = np.bincount(place_of, minlength=len(looks)) if len(free) else np.zeros(0, np.int64)
        rows, told = compared.rows[free[at]], len(touched)
        labels, like = find_groups(rows, many, anchors, sizes, apart=apart, told=told, cosine=compared.cosine)
        labels = labels[place_of]
        members = [free[labels == number].tolist() for number in range(len(like))]
        return Plan(state, self._renew_groups(state, stands, members, like))

    def take(self, plan: Plan) -> bool:
        """Show a plan; False if it was made for another state than this one."""
        if plan.before is not self._state:
            return False
        self._state = plan.after
        return True

    def undo(self) -> bool:
        """Go back to before the last act; False if there is none."""
        if not self._undone:
            return False
        self._redone.append(self._state)
        self._state = self._undone.pop()
        return True

    def redo(self) -> bool:
        """Do again what was undone last; False if nothing was since the last act."""
        if not self._redone:
            return False
        self._undone.append(self._state)
        self._state = self._redone.pop()
        return True

    @property
    def acts(self) -> int:
        """How many acts can be undone."""
        return len(self._undone)

    def as_json(self) -> dict[str, Any]:
        """What is to be kept: the state and the last ones before it, of plain lists, numbers and strings."""
        table: dict[_Group, int] = {}  # most groups are the same in state after state
        states = [_pack_state(state, table) for state in (self._state, *reversed(self._undone[-MOST_UNDONE:]))]
        groups = [
            [list(group.rows), group.name, group.touched, group.like, group.beside, round(group.tightness, 4)]
            for group in table
        ]
        return {"format": _FORMAT, "photos": list(self.photos), "groups": groups, "states": states}

    def restore(self, saved: Any) -> None:
        """Stand as the pile that :meth:`as_json` kept: photos that are gone are in no group, new ones are left over.

        Raises ValueError if it is no pile of this version.
        """
        try:
            if saved["format"] != _FORMAT:
                raise ValueError(f"a pile of format {saved['format']!r}: this version reads {_FORMAT}")
            row = {old: self._row[key] for old, key in enumerate(saved["photos"]) if key in self._row}
            table = [_unpack_group(values, row) for values in saved["groups"]]
            state, *before = (_unpack_state(values, table, row) for values in saved["states"][: MOST_UNDONE + 1])
        except (LookupError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"this is no pile: {error}") from None
        steps = [state]
        for earlier in before:
            if _by_user(earlier) != _by_user(steps[-1]):  # else what was done was done to photos that are gone
                steps.append(earlier)
        self._state, self._undone, self._redone = state, steps[:0:-1], []

    def follow(self, other: Pile) -> None:
        """Stand as another pile stands: of these photos, and in their order, or of some of them or others."""
        if self.photos[: len(other.photos)] == other.photos:
            # Another state than its own: a plan of that one is none of this one.
            self._state, self._undone, self._redone = replace(other._state), [*other._undone], [*other._redone]
        else:
            self.restore(other.as_json())

    def compare(self) -> Compared:
        """The photos as they are compared: made when first asked for, seconds for ten thousand. For a worker."""
        if self._compared is None:
            self._compared = Compared(self._features, self.known)
        return self._compared

    def _do(self, state: _State) -> None:
        self._undone.append(self._state)
        self._state, self._redone = state, []

    def _order_rows(self, rows: Sequence[int]) -> tuple[int, ...]:
        """The most typical first, near-duplicates behind each other."""
        compared, given = self.compare(), np.array(rows, dtype=np.int64)
        order = given[typical_first(compared.rows[given])] if len(given) else given
        rank: dict[int, int] = {}
        for row in order.tolist():
            rank.setdefault(int(compared.look[row]), len(rank))
        return tuple(sorted(order.tolist(), key=lambda row: rank[int(compared.look[row])]))

    def _make_group(self, rows: Sequence[int], name: str = "", *, touched: bool = True) -> _Group:
        return _Group(self._order_rows(rows), name, touched, tightness=tightness(self.compare().rows[list(rows)]))

    def _merge_groups(self, state: _State, ids: Sequence[int]) -> tuple[_State, int]:
        """One group of several: their first id."""
        ids = list(dict.fromkeys(ids))
        if not ids:
            raise ValueError("give a group")
        parts = [state.groups[id] for id in ids]
        name = next((part.name for part in parts if part.name), "")
        groups = {id: group for id, group in state.groups.items() if id not in ids[1:]}
        first = replace(parts[0], touched=True, name=name)
        groups[ids[0]] = self._make_group([row for part in parts for row in part.rows], name) if len(ids) > 1 else first
        # What was said of one of them is said of the whole.
        now = dict.fromkeys(ids, ids[0])
        for id, other in groups.items():
            if other.beside in now:
                groups[id] = replace(other, beside=ids[0] if id != ids[0] else None)
        inside = set(groups[ids[0]].rows)
        apart = {(row, now.get(id, id)) for row, id in state.apart if id not in now or row not in inside}
        pairs = [sorted((now.get(a, a), now.get(b, b))) for a, b in state.different]
        different = frozenset((a, b) for a, b in pairs if a != b)
        return replace(state, groups=groups, apart=frozenset(apart), different=different), ids[0]

    def _remove_rows(self, state: _State, rows: Iterable[int], *, keep: int | None, touch: bool) -> _State:
        """Groups without some photos; those that have lost all are gone."""
        gone, groups = set(rows), {}
        for id, group in state.groups.items():
            if id == keep or gone.isdisjoint(group.rows):
                groups[id] = group
            elif remaining := [row for row in group.rows if row not in gone]:
                made = self._make_group(remaining, group.name, touched=touch or group.touched)
                groups[id] = replace(made, like=group.like, beside=group.beside)
        return replace(state, groups=groups)

    def _renew_groups(
        self, state: _State, stands: Sequence[int | str], members: Sequence[list[int]], like: Sequence[int]
    ) -> _State:
        """The state with new groups of what is free; each takes the id of the old group that it has most photos of."""
        old = {row: id for id, group in state.groups.items() if not group.touched for row in group.rows}
        again: dict[int, _Group] = {}
        new: list[_Group] = []
        for rows, place in zip(members, like, strict=True):
            what = stands[place] if place >= 0 else ""
            group = self._make_group(rows, touched=False)
            if isinstance(what, int):
                group = replace(group, like=state.groups[what].name, beside=what)
            else:
                group = replace(group, like=what)
            votes = Counter(old[row] for row in rows if row in old and old[row] not in again)
            id, most = votes.most_common(1)[0] if votes else (0, 0)
            if 2 * most > len(rows):
                again[id] = group
            else:
                new.append(group)
        unchanged = {id: group for id, group in state.groups.items() if group.touched or id in again}
        added = dict(enumerate(new, start=state.next_id))
        return replace(state, groups=unchanged | again | added, next_id=state.next_id + len(new))
