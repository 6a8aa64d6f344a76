"""Verdicts on phrases, kept as JSON, and what they add up to."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.table import markdown
from benchmarks.truth.written import DescribedClass
from spa_desktop.descriptions.model import WrittenPhrase
from spa_desktop.learning import readable_name

FILE = Path(__file__).with_name("verdicts.json")
BASES = ("name", "resemblance", "measured", "bank")


@dataclass(frozen=True)
class Judged:
    """Whether a phrase is true of a class, by looking at its exemplars, and why it is not (or in which sense it is)."""

    data: str
    name: str
    phrase: str
    is_true: bool
    why: str = ""


Verdicts = Mapping[tuple[str, str, str], Judged]


@dataclass(frozen=True)
class Shown:
    """A phrase that the writer shows, and on what it rests."""

    data: str
    name: str
    phrase: str
    basis: str


def read_verdicts(file: Path = FILE) -> Verdicts:
    """By data set, class and phrase; phrases that are no longer written stay, so that they need no second look."""
    rows = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return {(row["data"], row["name"], row["phrase"]): Judged(**row) for row in rows}


def shown_phrases(classes: Sequence[DescribedClass]) -> list[Shown]:
    """All phrases of some classes."""
    return [
        Shown(one.data, one.name, phrase.text, phrase.knowledge.basis if phrase.knowledge else "")
        for one in classes
        for phrase in one.description.phrases
    ]


def table(classes: Sequence[DescribedClass], verdicts: Verdicts) -> str:
    """Per cent true and phrases a class, for each data set, all of them, and each basis, as Markdown."""
    shown = shown_phrases(classes)
    named = {(one.data, one.name) for one in shown if one.basis == "name"}
    groups: dict[str, tuple[list[Shown], int]] = {}
    for data in dict.fromkeys(one.data for one in classes):
        groups[data] = ([one for one in shown if one.data == data], sum(one.data == data for one in classes))
    groups["all"] = (shown, len(classes))
    groups["classes that WordNet knows"] = ([one for one in shown if (one.data, one.name) in named], len(named))
    for basis in BASES:
        groups[f"by {basis}"] = ([one for one in shown if one.basis == basis], len(classes))
    rows = []
    for title, (phrases, count) in groups.items():
        judged = [found for one in phrases if (found := verdicts.get((one.data, one.name, one.phrase)))]
        right = 100 * sum(one.is_true for one in judged) / len(judged) if judged else float("nan")
        with_any = len({(one.data, one.name) for one in phrases})
        each, seen = f"{len(phrases) / max(count, 1):.2f}", f"{len(judged)} of {len(phrases)}"
        rows.append((title, str(count), each, seen, f"{right:.1f}", str(count - with_any)))
    heads = ("phrases", "classes", "phrases a class", "judged", "true, %", "classes without any")
    return markdown(heads, rows)


def figures(classes: Sequence[DescribedClass], verdicts: Verdicts) -> dict[str, dict[str, float]]:
    """Of each set and of all, per cent: phrases true, phrases judged, and classes that a true phrase tells."""
    found: dict[str, dict[str, float]] = {"phrases": {}, "judged": {}, "telling": {}}
    groups = {name: [one for one in classes if one.data == name] for name in dict.fromkeys(c.data for c in classes)}
    texts = {(one.data, one.name): one for one in classes}
    for name, some in {**groups, "all": list(classes)}.items():
        shown = shown_phrases(some)
        judged = [one for p in shown if (one := verdicts.get((p.data, p.name, p.phrase)))]
        told = [one for one in some if _tells(one, texts[one.data, one.nearest], verdicts)]
        found["telling"][name] = 100 * len(told) / len(some)
        if shown:
            found["judged"][name] = 100 * len(judged) / len(shown)
        if judged:
            found["phrases"][name] = 100 * sum(one.is_true for one in judged) / len(judged)
    return found


def _tells(one: DescribedClass, other: DescribedClass, verdicts: Verdicts) -> bool:
    """Whether a phrase is true of a class and not of another.

    That is what was looked at on the other's photos as well, and is not true of them; a colour that was measured on
    both; or what the name means, where the other's name is known as well and means nothing like it.
    """
    theirs = {phrase.text for phrase in other.description.phrases if _is_named(phrase)}
    for phrase in one.description.phrases:
        verdict, against = (verdicts.get((one.data, name, phrase.text)) for name in (one.name, other.name))
        if verdict is not None and verdict.is_true and phrase.knowledge is not None:
            is_measured = f" {readable_name(other.name)} (" in phrase.knowledge.detail.partition("not so")[2]
            is_named = bool(theirs) and _is_named(phrase) and phrase.text not in theirs
            if is_measured or is_named or (against is not None and not against.is_true):
                return True
    return False


def _is_named(phrase: WrittenPhrase) -> bool:
    known = phrase.knowledge
    return known is not None and known.basis == "name" and known.detail.startswith("WordNet on ")


def unjudged(classes: Sequence[DescribedClass], verdicts: Verdicts) -> list[str]:
    """Phrases that nobody has checked, a line a class."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in shown_phrases(classes):
        if (one.data, one.name, one.phrase) not in verdicts:
            found[f"{one.data}/{one.name}"].append(one.phrase)
    return [f"{name}: {'; '.join(phrases)}" for name, phrases in found.items()]


def untrue(classes: Sequence[DescribedClass], verdicts: Verdicts) -> list[str]:
    """Phrases that are shown and were judged false."""
    return [
        f"{one.data}/{one.name}: {one.phrase} ({found.why})"
        for one in shown_phrases(classes)
        if (found := verdicts.get((one.data, one.name, one.phrase))) and not found.is_true
    ]
