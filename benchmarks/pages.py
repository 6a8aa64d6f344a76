"""Pages of what was measured, from what runs printed: ``python -m benchmarks.pages``.

``python -m benchmarks.pages NAME benchmarks.discover FOLDER`` runs a command and keeps in ``results/NAME.json`` the
tables that it prints, with commit, date and machine. Every call makes the pages anew from ``templates``. There
``{{NAME}}`` stands for where a result comes from, ``{{NAME 2}}`` for its second table, ``{{NAME 2 | ROW | COLUMN}}``
for a cell of that, and ``{{NAME said}}`` for what was printed beside the tables. A page with results of a run names
the run; the index links to those pages.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.speed.table import commit, markdown

HERE = Path(__file__).parent
MACHINE = "2 cores of AMD EPYC"  # said once, on the index
_PLACE = re.compile(r"\{\{(\w+)(?: (said|\d+)(?: \| (.+?) \| (.+?))?)?\}\}")
_MARKS = re.compile(r"[*`]")


def main() -> None:
    """Run a command where one is named, and write all pages."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("run", nargs=argparse.REMAINDER, help="a name, and the module with its arguments")
    name, *command = parser.parse_args().run or [""]
    if command:
        keep(HERE / "results" / f"{name}.json", command)
    for template in sorted((HERE / "templates").glob("*.md")):
        (HERE / template.name).write_text(page(template, HERE / "results"), encoding="utf-8")


def keep(file: Path, command: Sequence[str]) -> None:
    """Run a module, show what it prints, and keep it.

    Args:
        file: is replaced when the run has succeeded.
        command: the module and its arguments. Those that are folders or files are kept as FOLDER and FILE.
    """
    shown = ["FOLDER" if Path(one).is_dir() else "FILE" if Path(one).is_file() else one for one in command]
    source = {"command": " ".join(shown), "commit": commit(), "date": date.today().isoformat(), "machine": _machine()}
    printed = []
    with subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True) as run:
        for line in run.stdout or ():
            print(line, end="", flush=True)
            printed.append(line.rstrip())
    if run.returncode:
        raise SystemExit(f"{source['command']} ended with {run.returncode}: {file.name} stays as it was")
    tables, said = parsed(printed)
    file.write_text(dumped({**source, "tables": tables, "said": said}), encoding="utf-8")


def parsed(lines: Sequence[str]) -> tuple[list[list[list[str]]], list[str]]:
    """Tables of Markdown, each as rows of cells with the headings first, and the other lines that are not empty."""
    tables: list[list[list[str]]] = []
    said, is_in_table = [], False
    for line in lines:
        if not line.startswith("| "):
            said += [line] if line and not line.startswith("|-") else []
        elif not is_in_table:
            tables.append([_cells(line)])
        elif not set(line) <= set("|- "):
            tables[-1].append(_cells(line))
        is_in_table = line.startswith("|")
    return tables, said


def dumped(result: dict[str, Any]) -> str:
    """As JSON, with a line for each row of a table."""
    text = {name: json.dumps(value, ensure_ascii=False) for name, value in result.items()}
    tables = [",\n  ".join(json.dumps(row, ensure_ascii=False) for row in table) for table in result["tables"]]
    text["tables"] = "[" + ", ".join(f"[\n  {table}\n ]" for table in tables) + "]"
    return "{\n " + ",\n ".join(f'"{name}": {value}' for name, value in text.items()) + "\n}\n"


def page(template: Path, results: Path) -> str:
    """A page, as Markdown.

    Raises:
        SystemExit: A template names what no result has, or a result without its run.
    """
    text = template.read_text(encoding="utf-8")
    kept: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(found[1] for found in _PLACE.finditer(text)):
        if not (file := results / f"{name}.json").exists():
            raise SystemExit(f"{template.name} names {name}, of which {results} has nothing")
        if f"{{{{{name}}}}}" not in text and template.stem != "README":
            raise SystemExit(f"{template.name} shows results of {name} and not their run: add {{{{{name}}}}}")
        kept[name] = json.loads(file.read_text(encoding="utf-8"))

    def filled(found: re.Match[str]) -> str:
        name, part, row, column = found.groups()
        try:
            return value(kept[name], part, row, column)
        except (IndexError, ValueError, StopIteration):
            raise SystemExit(f"{template.name}: {found[0]} is not in what was measured") from None

    made = _PLACE.sub(filled, text)
    if left := re.search(r"\{\{.*", made):
        raise SystemExit(f"{template.name}: cannot read {left[0]}")
    note = f"<!-- python -m benchmarks.pages wrote this from templates/{template.name}: change that. -->"
    title, rest = made.split("\n", 1)
    return f"{title}\n\n{note}\n{rest}"


def value(result: dict[str, Any], part: str | None, row: str | None, column: str | None) -> str:
    """What stands in a place of a template."""
    if part == "said":
        return "\n".join(result["said"])
    if part is None:
        day = date.fromisoformat(result["date"])
        elsewhere = "" if result["machine"] == MACHINE else f", {result['machine']}"
        return f"`python -m {result['command']}`, commit {result['commit']}, {day.day} {day:%B %Y}{elsewhere}"
    headings, *rows = result["tables"][int(part) - 1]
    if row is None or column is None:
        return markdown(headings, rows)
    named = next(one for one in rows if _MARKS.sub("", one[0]) == row)
    return str(named[[_MARKS.sub("", one) for one in headings].index(column)])


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def _machine() -> str:
    """Cores, and what they are of, where Linux says so."""
    about = Path("/proc/cpuinfo")
    models = re.findall(r"^model name\s*: (.+)$", about.read_text(encoding="utf-8"), re.M) if about.exists() else []
    return f"{os.cpu_count()} cores of {models[0] if models else sys.platform}"


if __name__ == "__main__":
    main()
