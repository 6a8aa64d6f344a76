"""What the documentation says is there: the files it names and the imports. The README's example runs as written."""

import doctest
import re
import sys

import pytest

from spa_desktop import demo
from tests.conftest import REPOSITORY
from tests.workbench.tiny import few_demo_photos

PAGES = {
    page: page.read_text(encoding="utf-8")
    for page in (
        *(REPOSITORY / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md")),
        *sorted(REPOSITORY.glob("benchmarks/*.md")),
        *sorted(REPOSITORY.glob("models/*.md")),
        *sorted(REPOSITORY.glob("docs/**/*.md")),
    )
}
FOLDERS = ("spa_desktop", "tests", "docs", "benchmarks", "scripts", "packaging", "resources", "models")
_LINK = re.compile(r"\]\(([^)#:\s]*)(?:#([^)\s]*))?\)")
_PATH = re.compile(rf"`((?:(?:{'|'.join(FOLDERS)})/|(?=[\w./-]+\.py\b))[\w./-]+?)/?(?:::\w+|:\d+)?`")
_IMPORT = re.compile(r"^(?:>>> )?((?:from|import) spa_desktop\b.*)$", re.MULTILINE)


@pytest.mark.slow
def test_the_python_example_of_the_readme(tmp_path, monkeypatch, shared_cache):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "PHOTOS", few_demo_photos(tmp_path / "few", 4))
    for module in ("PySide6", "pyqtgraph", "openai", "httpx2", "keyring", "onnx", "ray"):  # what extras bring
        monkeypatch.setitem(sys.modules, module, None)
    result = doctest.testfile(str(REPOSITORY / "README.md"), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted >= 10
    assert result.failed == 0
    assert (tmp_path / "things.safetensors").stat().st_size > 100_000


def test_every_link_to_a_file_of_ours_leads_somewhere():
    links = [(page, target, heading) for page, text in PAGES.items() for target, heading in _LINK.findall(text)]
    assert len(links) > 100
    assert [(page.name, target) for page, target, _ in links if not (page.parent / target).exists()] == []
    headed = [(page.parent / target if target else page, name) for page, target, name in links if name]
    assert len(headed) > 20
    assert [(page.name, name) for page, name in headed if name not in anchors(page.read_text("utf-8"))] == []


def anchors(text: str) -> set[str]:
    """What the headings of a page are called in links, as GitHub and the site do."""
    return {
        re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    }


def test_every_file_that_is_named_is_there():
    """Modules are named from the top of the project or from a package of it. NAME stands for any name."""
    tops = [REPOSITORY / folder for folder in FOLDERS]
    there = [f"/{path.relative_to(REPOSITORY).as_posix()}" for top in tops for path in (top, *top.rglob("*"))]
    named = {(page.name, path) for page, text in PAGES.items() for path in _PATH.findall(text) if "NAME" not in path}
    assert len(named) > 100
    assert [one for one in sorted(named) if not any(path.endswith(f"/{one[1]}") for path in there)] == []


def test_every_import_of_an_example_succeeds():
    lines = {line for text in PAGES.values() for line in _IMPORT.findall(text)}
    assert len(lines) > 5
    for line in sorted(lines):
        exec(line, {})
