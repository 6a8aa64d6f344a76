"""What the documentation says is there: the files it names and the imports. The README's example runs as written."""

import doctest
import json
import re
import sys
import tomllib

import pytest

from spa_desktop import demo
from tests.conftest import REPOSITORY, drawn_before

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
_TREE = re.compile(r"^```\{toctree\}\n(.+?)^```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(rf"`((?:(?:{'|'.join(FOLDERS)})/|(?=[\w./-]+\.py\b))[\w./-]+?)/?(?:::\w+|:\d+)?`")
_IMPORT = re.compile(r"^(?:>>> )?((?:from|import) spa_desktop\b.*)$", re.MULTILINE)


@pytest.mark.slow
def test_the_python_example_of_the_readme(tmp_path, monkeypatch, demo_set, shared_cache):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "draw_demo", drawn_before(demo_set, 4))
    for module in left_out_of_a_small_installation():
        monkeypatch.setitem(sys.modules, module, None)
    result = doctest.testfile(str(REPOSITORY / "README.md"), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted >= 10
    assert result.failed == 0
    assert (tmp_path / "things.safetensors").stat().st_size > 100_000


def left_out_of_a_small_installation():
    """Modules of the packages that `packaging/core.txt` leaves out."""
    names = re.findall(r"^([\w-]+) ;", (REPOSITORY / "packaging" / "core.txt").read_text("utf-8"), re.MULTILINE)
    assert len(names) > 5
    return [{"pyside6": "PySide6", "open-clip-torch": "open_clip"}.get(name, name.replace("-", "_")) for name in names]


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


def test_every_page_is_two_clicks_from_the_index():
    """The trees of the index stand beside every page of the site."""

    def leads_to(page):
        names = [target for target, _ in _LINK.findall(PAGES[page])]
        for tree in _TREE.findall(PAGES[page]):
            entries = [line.rpartition("<")[2].rstrip(">") for line in tree.splitlines() if line and line[0] != ":"]
            names += [f"{entry}.md" for entry in entries]
        return {(page.parent / name).resolve() for name in names} & set(PAGES)

    index = REPOSITORY / "docs" / "index.md"
    once = {index} | leads_to(index)
    twice = once.union(*map(leads_to, once))
    of_pictures = {REPOSITORY / "docs" / "screenshots" / "README.md"}  # for those who make them
    assert set(PAGES) - twice - of_pictures == set()


def test_the_figures_of_the_readme_are_those_that_were_measured():
    """Average and last accuracy in the mean of the sets, five photos a class and all."""
    tables = json.loads((REPOSITORY / "benchmarks" / "results" / "accuracy.json").read_text("utf-8"))["tables"]
    measured = {}
    for table in (tables[0], tables[3]):
        for name, *_, mean in table[1:]:
            measured.setdefault(name.strip("*"), []).append(" / ".join(re.sub(r" ± [\d.]+", "", mean).split(" / ")[:2]))
    pair = r"([\d.]+ / [\d.]+)"
    row = re.compile(rf"^\| \**`?([\w+-]+)`?\**[^|]*\| {pair} \| {pair} \|$", re.MULTILINE)
    claimed = row.findall(PAGES[REPOSITORY / "README.md"])
    assert len(claimed) > 5
    assert {method: measured[method] for method, *_ in claimed} == {method: figures for method, *figures in claimed}


def test_the_badges_say_what_the_project_says():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    badges = re.findall(r"<text[^>]*>(.+?)</text>", (REPOSITORY / "docs" / "badges.svg").read_text("utf-8"))
    versions = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert badges == ["python", f"{versions[0]} to {versions[-1]}", "tested on", "Linux", "licence", "MIT"]
    assert project["license"].startswith("MIT ")


def test_the_docs_are_read_in_an_evening():
    pages = [text for page, text in PAGES.items() if "docs" in page.parts and "zh" not in page.parts]
    assert 20_000 < sum(len(re.findall(r"\S*\w\S*", text)) for text in pages) <= 40_000


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
