"""The stories of the site run as a user runs them in Jupyter, and print what their pages show."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

nbformat = pytest.importorskip("nbformat", reason="needs the extra docs")
nbclient = pytest.importorskip("nbclient", reason="needs the extra docs")
STORIES = sorted((REPOSITORY / "docs/stories").glob("*.ipynb"))
pytestmark = pytest.mark.slow


def printed(notebook: Any) -> list[str]:
    """What each cell printed. Folders for the moment and fractions differ from computer to computer."""
    texts = [
        "".join(said.text for said in cell.outputs if said.output_type == "stream" and said.name == "stdout")
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    return [re.sub(r" {2,}|\d+\.\d+|/\S+-\w{8}/", " ", text) for text in texts]


def pictures(notebook: Any) -> list[str]:
    shown = [said.data for cell in notebook.cells for said in cell.get("outputs", ()) if "data" in said]
    return [data["image/jpeg"] for data in shown if "image/jpeg" in data]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("story", STORIES, ids=[story.stem for story in STORIES])
def test_a_story_runs_and_prints_what_its_page_shows(story: Path, tmp_path: Path, shared_cache: None) -> None:
    page = nbformat.read(story, 4)
    assert pictures(page)
    assert max(len(picture) for picture in pictures(page)) < 60_000 * 4 / 3, "base64 has four signs for three bytes"
    place = {"metadata": {"path": str(tmp_path)}}
    run = nbclient.NotebookClient(copy.deepcopy(page), timeout=300, kernel_name="python3", resources=place).execute()
    assert printed(run) == printed(page)
    assert len(pictures(run)) == len(pictures(page))
