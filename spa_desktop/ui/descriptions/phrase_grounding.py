"""Which patch of the exemplars the model itself grounds a phrase in: read off the transport plan of its score."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job
from spa_desktop.project.records import PhotoRecord, Support
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench import Explanation, Workbench


def ground_phrases(bench: Workbench, class_id: int, photos: Sequence[PhotoRecord], job: Job) -> dict[str, Support]:
    """The best patch for each phrase that a class was learned with. For worker threads.

    Of the patches that the score of an exemplar used, those count of which a phrase takes more than no phrase does; the
    most similar one is the best. A phrase for which there is none is left out, and so is one that was written or
    changed after the class was learned. (Ours.)

    Args:
        bench: of the project.
        class_id: of a class that was learned.
        photos: its exemplars. Those whose file is gone, or another now, are left out.
        job: can be cancelled between photos.
    """
    from spa_desktop.workbench import DEFAULT_BACKBONE

    # Loading any other backbone may ask for a download, which pointing at a phrase must not.
    if bench.project.meta.backbone != DEFAULT_BACKBONE:
        return {}
    recognizer = bench.recognizer(job, views=1)
    best: dict[str, tuple[float, Support]] = {}
    for photo in photos:
        job.advance(0)
        try:
            seen = recognizer.see(recognizer.open(Path(photo.path), sha256=photo.sha256))
        except SpaError:
            continue
        for text, likeness, patch in found_in(recognizer.explain(seen, class_id)):
            if text not in best or likeness > best[text][0]:
                best[text] = (likeness, Support(photo.id, patch))
    return {text: support for text, (_, support) in best.items()}


def found_in(one: Explanation) -> list[tuple[str, float, int]]:
    """The phrases of an explanation that have a patch: text, similarity, and number of the patch on the grid."""
    found = []
    for phrase, text in enumerate(one.phrases):
        taken = one.plan[:, phrase] > one.dustbin
        if text and taken.any():
            row = int((one.similarity[:, phrase] - 4.0 * ~taken).argmax())  # cosines differ by 2 at most
            found.append((visible(text), float(one.similarity[row, phrase]), int(one.selected[row])))
    return found
