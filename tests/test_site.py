"""The site, in Chromium: its search gives pages for users first, and its root leads to the first page."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import REPOSITORY
from tests.export.chromium import BINARY, Chromium, served

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BINARY is None, reason="needs Chromium: make test-packages"),
    pytest.mark.skipif(importlib.util.find_spec("myst_nb") is None, reason="needs the extra docs"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-q", "-c", "docs", "-d", str(place / "work"), ".", str(place / "site")]
    subprocess.run(build, cwd=REPOSITORY, check=True)
    with served(place / "site") as address:
        yield address


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as made:
        yield made


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("how do I use CLIP", "guide/clip"),
        ("export onnx", "export"),
        ("gpu", "command-line"),
        ("reject", "command-line"),
        ("undo", "command-line"),
        ("add photos later", "command-line"),
        ("server without window", "command-line"),
        ("what leaves my computer", "guide/privacy"),
        ("use from python", "python"),
        ("bursts", "guide/bursts"),
    ],
)
def test_a_question_finds_a_page_for_users_first(site: str, browser: Chromium, question: str, page: str) -> None:
    browser.open(f"{site}/search.html?q={question.replace(' ', '+')}")
    first = browser.until("document.querySelector('#search-results li a')?.pathname")
    assert first.removeprefix("/docs/").removesuffix(".html") == page


def test_the_root_leads_to_the_first_page(site: str, browser: Chromium) -> None:
    browser.open(site)
    assert browser.until("location.pathname.endsWith('docs/index.html') && document.querySelector('h1')?.innerText")
