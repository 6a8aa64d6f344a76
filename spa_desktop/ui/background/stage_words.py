"""The stages of a job in the words of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from spa_desktop.jobs import Stage


def stage_words(stage: Stage | str) -> str:
    """A stage in the window's language, also where it has become plain text on its way.

    What is no stage of the engine has been put into words already.
    """
    words: dict[str, str] = {
        Stage.DOWNLOAD: QCoreApplication.translate("stages", "Downloading the backbone (MB)"),
        Stage.LOAD: QCoreApplication.translate("stages", "Loading the backbone"),
        Stage.READ: QCoreApplication.translate("stages", "Reading photos"),
        Stage.ENCODE: QCoreApplication.translate("stages", "Encoding photos"),
        Stage.DESCRIBE: QCoreApplication.translate("stages", "Describing classes"),
        Stage.MEASURE: QCoreApplication.translate("stages", "Measuring photos"),
        Stage.SELECT: QCoreApplication.translate("stages", "Selecting patches"),
        Stage.ALIGN: QCoreApplication.translate("stages", "Aligning patches and phrases"),
        Stage.HOLD_OUT: QCoreApplication.translate("stages", "Checking on held-out photos"),
        Stage.PROJECT: QCoreApplication.translate("stages", "Learning projectors"),
        Stage.TOP_UP: QCoreApplication.translate("stages", "Adding photos to known classes"),
        Stage.TEST: QCoreApplication.translate("stages", "Checking on test photos"),
        Stage.SAVE: QCoreApplication.translate("stages", "Saving"),
        Stage.RECOGNISE: QCoreApplication.translate("stages", "Recognising photos"),
        Stage.FIND: QCoreApplication.translate("stages", "Looking for photos"),
        Stage.COMPARE: QCoreApplication.translate("stages", "Comparing files"),
        Stage.SORT: QCoreApplication.translate("stages", "Sorting photos"),
        Stage.PUT_BACK: QCoreApplication.translate("stages", "Putting photos back"),
        Stage.KEEP: QCoreApplication.translate("stages", "Keeping frames"),
        Stage.CHECK: QCoreApplication.translate("stages", "Checking the file"),
        Stage.SALVAGE: QCoreApplication.translate("stages", "Reading what is whole"),
        Stage.WAIT: QCoreApplication.translate("stages", "Waiting for another program"),
        Stage.DRAW: QCoreApplication.translate("stages", "Drawing photos"),
        Stage.BENCH: QCoreApplication.translate("stages", "Running methods"),
        Stage.EXPORT: QCoreApplication.translate("stages", "Writing the model"),
        Stage.FETCH_RUNTIME: QCoreApplication.translate("stages", "Downloading the browser's runtime (MB)"),
    }
    return words.get(stage, stage)
