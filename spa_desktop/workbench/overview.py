"""What a project holds, for `info`."""

from __future__ import annotations

from typing import Any

from spa_desktop.errors import InputError
from spa_desktop.project import Project
from spa_desktop.project.records import Phrase
from spa_desktop.workbench.description_requests import language_of
from spa_desktop.workbench.spending import spending


def shown_phrases(project: Project, task: str | None) -> dict[str, Any]:
    """The phrases of all classes or of one task's, and how each is known: the object of ``describe --show --json``.

    Raises:
        InputError: if there is no such task.
    """
    with project.snapshot():
        tasks = {one.id: one.name for one in project.tasks()}
        if task is not None and task not in tasks.values():
            raise InputError(f"There is no task {task} in {project.path}: see spa-desktop info")
        texts = project.descriptions()
        classes = [one for one in project.classes() if task in (None, tasks[one.task_id])]
    return {
        "classes": [
            {
                "name": one.name,
                "task": tasks[one.task_id],
                "sentence": texts[one.id].sentence if one.id in texts else None,
                "phrases": [_phrase(phrase) for phrase in (texts[one.id].phrases if one.id in texts else ())],
            }
            for one in classes
        ]
    }


def _phrase(phrase: Phrase) -> dict[str, Any]:
    known = phrase.knowledge
    return {
        "text": phrase.text,
        "provenance": phrase.provenance,
        "source": known.basis if known else phrase.provenance,
        "certainty": known.certainty if known else None,
        "detail": known.detail if known else "",
    }


def overview(project: Project) -> dict[str, Any]:
    """The JSON object of ``spa-desktop info``."""
    with project.snapshot():
        meta = project.meta
        tasks = {task.id: task for task in project.tasks()}
        counts, texts = project.photo_counts(), project.descriptions()
        classes = []
        for item in project.classes():
            text = texts.get(item.id)
            provenance = sorted({phrase.provenance for phrase in text.phrases}) if text else []
            classes.append(
                {
                    "name": item.name,
                    "task": tasks[item.task_id].name,
                    "state": item.state,
                    "train": counts[item.id].train,
                    "test": counts[item.id].test,
                    "description": text.sentence if text else None,
                    "phrases": [phrase.text for phrase in text.phrases] if text else [],
                    "provenance": "+".join(provenance) or (text.writer if text else None),
                    "approved": bool(text and text.is_approved),
                    "language": language_of(project, item.id),
                    "writer": text.writer if text else None,
                    "model": text.model if text else None,
                    "input_tokens": text.input_tokens if text else 0,
                    "output_tokens": text.output_tokens if text else 0,
                    "cost": text.cost if text else None,
                }
            )
        return {
            "path": str(project.path),
            "backbone": meta.backbone,
            "seed": meta.seed,
            "app_version": meta.app_version,
            "devices": learner.meta.get("devices") if (learner := project.learner_info()) else None,
            "tasks": [{"name": task.name, "state": task.state} for task in tasks.values()],
            "classes": classes,
            "descriptions": spending(project).to_json(),
        }
