"""What a project holds, for `info`."""

from __future__ import annotations

from typing import Any

from spa_desktop.project import Project


def overview(project: Project) -> dict[str, Any]:
    """The JSON object of ``spa-desktop info``."""
    with project.snapshot():
        meta = project.meta
        tasks = {task.id: task for task in project.tasks()}
        counts, texts = project.photo_counts(), project.descriptions()
        classes = []
        tokens_in = tokens_out = 0
        cost = 0.0
        for item in project.classes():
            text = texts.get(item.id)
            provenance = sorted({phrase.provenance for phrase in text.phrases}) if text else []
            if text:
                tokens_in, tokens_out = tokens_in + text.input_tokens, tokens_out + text.output_tokens
                cost += text.cost or 0.0
            classes.append(
                {
                    "name": item.name,
                    "task": tasks[item.task_id].name,
                    "state": item.state,
                    "train": counts[item.id].train,
                    "test": counts[item.id].test,
                    "description": text.sentence if text else None,
                    "phrases": [phrase.text for phrase in text.phrases] if text else [],
                    "provenance": "+".join(provenance) or None,
                    "approved": bool(text and text.is_approved),
                }
            )
        return {
            "path": str(project.path),
            "backbone": meta.backbone,
            "seed": meta.seed,
            "app_version": meta.app_version,
            "tasks": [{"name": task.name, "state": task.state} for task in tasks.values()],
            "classes": classes,
            "descriptions": {"input_tokens": tokens_in, "output_tokens": tokens_out, "cost": round(cost, 6)},
        }
