"""The words that classes were learned with. Texts may be edited afterwards; what was learned stays what it was."""

from __future__ import annotations

from collections.abc import Sequence

from spa_desktop.project import Project
from spa_desktop.project.records import ClassRecord, Json

PHRASES = "phrases"  # under this name with the learner: {class id: [phrase, ...]}


def phrases_to_keep(project: Project, new: Sequence[ClassRecord]) -> dict[str, Json]:
    """What to keep with a learner that is about to be stored: the phrases of all classes it knows, by class id.

    Args:
        project: as it was while the learner learned.
        new: the classes that it learned just now; the others were learned with what is kept already.
    """
    kept = _kept(project)
    texts = project.descriptions()
    for item in new:
        text = texts.get(item.id)
        kept[str(item.id)] = [phrase.text for phrase in text.phrases] if text else []
    return kept


def learned_phrases(project: Project) -> dict[int, tuple[str, ...]]:
    """The phrases that each class was learned with; of projects that do not say, those that it has now."""
    found = {key: tuple(phrase.text for phrase in text.phrases) for key, text in project.descriptions().items()}
    for key, phrases in _kept(project).items():
        if isinstance(phrases, list) and key.isdecimal() and len(key) < 17:
            found[int(key)] = tuple(map(str, phrases))
    return found


def _kept(project: Project) -> dict[str, Json]:
    info = project.learner_info()
    kept = None if info is None else info.meta.get(PHRASES)
    return dict(kept) if isinstance(kept, dict) else {}
