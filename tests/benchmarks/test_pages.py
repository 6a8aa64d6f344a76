"""Pages of what was measured are made from what runs printed, and from nothing else."""

import json
import re
import sys

import pytest

from benchmarks import pages
from tests.conftest import REPOSITORY

TEMPLATES = sorted((pages.HERE / "templates").glob("*.md"))
PRINTED = """1 thread
| set | right, % |
| --- | --- |
| caltech40 | 97.5 |
| **all** | 96 / 95 |

and none of 3 was wrong
"""


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.stem)
def test_a_page_is_what_its_template_and_the_results_make(template):
    made = pages.page(template, pages.HERE / "results")
    assert made == (pages.HERE / template.name).read_text("utf-8"), "run: python -m benchmarks.pages"


def test_every_result_has_its_place_and_no_table_of_figures_is_typed():
    text = "\n".join(template.read_text("utf-8") for template in TEMPLATES)
    results = sorted((pages.HERE / "results").glob("*.json"))
    assert [one.stem for one in results if f"{{{{{one.stem}}}}}" not in text] == []
    typed = [line for line in text.splitlines() if line.startswith("|") and "](" not in line]
    assert [
        line for line in typed if re.search(r"\d", line.replace("| caltech40 | grocery40 | ucmerced21 |", ""))
    ] == []


QUOTED = [
    ("search.md", "{} of the labels in the mean", "useful", "useful (by margin, the app's)", "mean"),
    ("search.md", "Least confidence ({})", "useful", "least confidence", "mean"),
    ("discover.md", "10,000 photos take {} to compare", "discover_time", "10,000", "compare"),
    ("discover.md", "and {} to group anew after a name", "discover_time", "10,000", "again after a name"),
    ("discover.md", "{} % of groups have a name that is right", "names", "all", "right within 3 steps, %"),
]


@pytest.mark.parametrize(("page", "quote", "name", "row", "column"), QUOTED)
def test_a_figure_that_a_page_quotes_is_the_one_that_was_measured(page, quote, name, row, column):
    text = " ".join((REPOSITORY / "docs" / page).read_text("utf-8").split())
    result = json.loads((pages.HERE / "results" / f"{name}.json").read_text("utf-8"))
    assert quote.format(pages.value(result, "1", row, column).strip("*")) in text


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """A folder in which a command was run and kept."""
    (tmp_path / "printing.py").write_text(f"import sys\nprint({PRINTED!r})\nsys.exit(len(sys.argv) > 2)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(pages, "commit", lambda: "abc1234")
    pages.keep(tmp_path / "right.json", ["printing", str(tmp_path)])
    return tmp_path


def test_what_a_command_prints_is_kept_with_its_source(measured):
    kept = json.loads((measured / "right.json").read_text("utf-8"))
    assert (kept["command"], kept["commit"]) == ("printing FOLDER", "abc1234")
    assert kept["tables"] == [[["set", "right, %"], ["caltech40", "97.5"], ["**all**", "96 / 95"]]]
    assert kept["said"] == ["1 thread", "and none of 3 was wrong"]


def test_a_page_shows_tables_and_cells_with_their_run(measured):
    template = measured / "topic.md"
    template.write_text("# Right\n\n{{right}}: {{right 1 | all | right, %}}.\n\n{{right 1}}\n")
    made = pages.page(template, measured)
    assert "`python -m printing FOLDER`, commit abc1234, " in made
    assert ": 96 / 95.\n" in made
    assert "| caltech40 | 97.5 |" in made


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# A\n{{right 1}}", "not their run"),
        ("# A\n{{right}} {{right 2}}", "not in what was measured"),
        ("# A\n{{right}} {{right 1 | none | right, %}}", "not in what was measured"),
        ("# A\n{{wrong}}", "has nothing"),
        ("# A\n{{right}} {{right one}}", "cannot read"),
    ],
)
def test_a_place_that_nothing_fills_is_told(measured, text, told):
    template = measured / "topic.md"
    template.write_text(text)
    with pytest.raises(SystemExit, match=told):
        pages.page(template, measured)


def test_a_command_that_fails_keeps_what_was_there(measured):
    before = (measured / "right.json").read_bytes()
    with pytest.raises(SystemExit, match="stays as it was"):
        pages.keep(measured / "right.json", ["printing", str(measured), "--wrong"])
    assert (measured / "right.json").read_bytes() == before


def test_a_name_and_a_command_make_the_pages_anew(measured, monkeypatch):
    for folder in ("templates", "results"):
        (measured / folder).mkdir()
    (measured / "templates" / "topic.md").write_text("# Right\n\n{{other}}: {{other said}}\n")
    monkeypatch.setattr(pages, "HERE", measured)
    monkeypatch.setattr(sys, "argv", ["pages", "other", "printing", "."])
    pages.main()
    assert "and none of 3 was wrong" in (measured / "topic.md").read_text("utf-8")


def test_a_page_says_on_which_other_machine_it_was_measured(measured):
    template = measured / "topic.md"
    template.write_text("# Right\n\n{{right}}\n")
    kept = json.loads((measured / "right.json").read_text("utf-8"))
    for machine, told in ((pages.MACHINE, False), ("one H100", True)):
        (measured / "right.json").write_text(pages.dumped({**kept, "machine": machine}))
        assert (", one H100\n" in pages.page(template, measured)) is told


def test_the_tests_see_the_pages_of_the_repository():
    assert pages.HERE == REPOSITORY / "benchmarks"
    assert len(TEMPLATES) > 5
