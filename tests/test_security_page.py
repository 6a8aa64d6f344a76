"""SECURITY.md names the tests that hold what it promises: each of them exists."""

import ast
import re

from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def test_every_test_that_is_named_exists():
    there = {
        file: {node.name for node in ast.parse((REPOSITORY / file).read_text(encoding="utf-8")).body if is_test(node)}
        for file in {file for file, _ in NAMED}
        if (REPOSITORY / file).exists()
    }
    assert [f"{file}::{name}" for file, name in NAMED if name not in there.get(file, set())] == []


def test_every_threat_names_a_test():
    threats = PAGE.split("## Threats")[1]
    rows = [line for line in threats.splitlines() if line.startswith("|")]
    rows = [row for row in rows if not row.startswith(("| what", "|---"))]
    assert len(rows) > 25
    assert [row for row in rows if "`tests/" not in row.split("|")[3]] == []
    # What is written like a test is one: a slip of the pen would pass as a plain word otherwise.
    assert len(re.findall(r"`tests/[^`]*::", PAGE)) == len(NAMED)


def is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
