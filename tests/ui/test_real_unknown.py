"""A real pizza is none of six other things: in the command line and in the window."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spa_desktop.cli import app
from spa_desktop.spa.config import NONE_OF_THESE
from spa_desktop.ui.explain.explain_page import ExplainPage
from spa_desktop.workbench import Workbench

pytestmark = pytest.mark.shared_data
CLASSES = ("lotus", "bonsai", "starfish", "flamingo", "umbrella", "watch")
LEARNED, TESTED = 8, 5


@pytest.fixture
def tiny() -> None:
    """The backbone is the one that the app ships with."""


@pytest.fixture(scope="module")
def project(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("things")
    for name in CLASSES:
        target = folder / "photos" / name
        target.mkdir(parents=True)
        for photo in sorted((shared_data / "caltech40" / "train" / name).glob("*.jpg"))[:LEARNED]:
            shutil.copy(photo, target)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPA_DESKTOP_CACHE_DIR", str(folder / "cache"))
        with Workbench.create(folder / "Things.spa") as bench:
            bench.add([folder / "photos"], test_share=0.0)
            bench.train()
    return folder / "Things.spa"


def test_photos(shared_data: Path, name: str) -> list[Path]:
    return sorted((shared_data / "caltech40" / "test" / name).glob("*.jpg"))[:TESTED]


test_photos.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture
def pizzas(shared_data: Path) -> list[Path]:
    return test_photos(shared_data, "pizza")


@pytest.fixture
def flowers(shared_data: Path) -> list[Path]:
    return test_photos(shared_data, "lotus")


def test_in_the_command_line(project, pizzas, flowers):
    found = CliRunner().invoke(app, ["classify", str(project), *map(str, (*pizzas, *flowers)), "--json"])
    assert found.exit_code == 0, found.output
    answers = [(one["answer"], one["rejected"]) for one in json.loads(found.stdout)["images"]]
    assert answers[:TESTED] == [(NONE_OF_THESE, True)] * TESTED
    assert answers[TESTED:].count(("lotus", False)) >= TESTED - 1


def test_in_the_window(project, pizzas, flowers, open_project, show_page, context, qtbot, tmp_path):
    open_project(Path(shutil.copy(project, tmp_path)))
    page = show_page(ExplainPage)
    for photo, is_known in ((pizzas[0], False), (flowers[0], True)):
        page.show_item(photo)
        qtbot.waitUntil(
            lambda photo=photo: (
                page._photo == photo and page.shown_answer is not None and not context.background.handles
            )
        )
        assert page.shown_answer.found.is_known is is_known
        assert page.answers.unknown.isVisible() is not is_known
        assert page.answers.heading.text() == ("Predicted as" if is_known else "If it were one of these")
