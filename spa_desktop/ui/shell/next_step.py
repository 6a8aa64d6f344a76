"""What to do next: one line that names it, and the page where it is done."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.widgets import plural_words


@dataclass(frozen=True)
class NextStep:
    """Where the project stands and what comes next.

    Attributes:
        standing: one short line, such as "3 of 5 described".
        action: what to do, as a button says it.
        page: the name of the page where it is done.
    """

    standing: str
    action: str
    page: str


def next_step(contents: Contents) -> NextStep:
    """The step that brings the project on."""
    translate = QCoreApplication.translate
    classes, to_learn = contents.classes, contents.to_learn
    if not classes:
        return NextStep(
            translate("next_step", "No classes yet"), translate("next_step", "Add folders of photos"), "classes"
        )
    if not to_learn:
        evaluated = translate("next_step", "{classes} learned").format(
            classes=plural_words.classes(len(contents.learned_ids))
        )
        return NextStep(evaluated, translate("next_step", "See the results"), "results")
    task = contents.task(to_learn[0].task_id)
    name = task.name if task else ""
    pending = [item for item in to_learn if task and item.task_id == task.id]
    new = [item for item in pending if item.state != "stale"]
    if not new and not any(contents.counts[item.id].unlearned for item in pending):
        standing = translate("next_step", "{name}: photos were taken out").format(name=name)
        return NextStep(standing, translate("next_step", "Learn without them"), "train")
    if not new:
        standing = translate("next_step", "{name}: new photos").format(name=name)
        return NextStep(standing, translate("next_step", "Learn the new photos"), "train")
    described = sum(item.id in contents.descriptions for item in new)
    standing = translate("next_step", "{name}: {done} of {all} described").format(
        name=name, done=described, all=len(new)
    )
    if described < len(new):
        return NextStep(standing, translate("next_step", "Describe the classes"), "descriptions")
    approved = sum(contents.is_approved(item.id) for item in new)
    standing = translate("next_step", "{name}: {done} of {all} approved").format(name=name, done=approved, all=len(new))
    if approved < len(new):
        return NextStep(standing, translate("next_step", "Approve descriptions"), "descriptions")
    return NextStep(standing, translate("next_step", "Train"), "train")
