"""docs/threats.md names the tests that hold what SECURITY.md promises: each of them exists."""

import ast
import re

from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "threats.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def test_every_test_that_is_named_exists():
    there = {
        file: {node.name for node in ast.parse((REPOSITORY / file).read_text(encoding="utf-8")).body if is_test(node)}
        for file in {file for file, _ in NAMED}
        if (REPOSITORY / file).exists()
    }
    assert [f"{file}::{name}" for file, name in NAMED if name not in there.get(file, set())] == []


def is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
