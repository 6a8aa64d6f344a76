"""Which tests execute a line: measured in one run of the tests with coverage, and kept.

A test executes what its own call runs, and what the fixtures that it uses ran, whichever test set these up. Lines
of modules and classes (constants, decorators, defaults) run when the module is imported, which says nothing of a test:
for these, and for lines that no test was seen to execute (programs that a test starts are not watched), tests are taken
that execute anything else of the module, or whose file imports it.
"""

from __future__ import annotations

import ast
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

FLAGS = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--override-ini=addopts=--import-mode=importlib")
_IMPORTED = "import"  # the context of what no test and no fixture runs


class Watcher:
    """A plugin of pytest: who executes what, how long each test takes, and which fixtures it uses."""

    def __init__(self, coverage: Any) -> None:
        self._coverage = coverage
        self._contexts = [_IMPORTED]
        self.seconds: dict[str, float] = {}
        self.fixtures: dict[str, list[str]] = {}
        self.failed: set[str] = set()

    def _enter(self, context: str) -> None:
        self._contexts.append(context)
        self._coverage.switch_context(context)

    def _leave(self) -> None:
        self._contexts.pop()
        self._coverage.switch_context(self._contexts[-1])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._enter(item.nodeid)
        began = time.perf_counter()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.perf_counter() - began
            self._leave()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        if fixturedef.scope == "function":
            return (yield)
        self._enter(_fixture(fixturedef))
        try:
            return (yield)
        finally:
            self._leave()

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    @pytest.hookimpl
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        info = getattr(item, "_fixtureinfo", None)
        known = info.name2fixturedefs.values() if info else ()
        self.fixtures[item.nodeid] = [_fixture(one) for found in known for one in found if one.scope != "function"]


def _fixture(fixturedef: Any) -> str:
    return f"fixture:{fixturedef.baseid}:{fixturedef.argname}"


@dataclass
class Measured:
    """What was measured.

    Attributes:
        digest: of the code and the tests that were run.
        seconds: of each test.
        groups: sets of tests, as many lines are executed by the same ones.
        executed: by file and line, the number of the group that executes it.
        failed: tests that fail without a mistake; they are never taken.
    """

    digest: str
    seconds: dict[str, float] = field(default_factory=dict)
    groups: list[list[str]] = field(default_factory=list)
    executed: dict[str, dict[int, int]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        names = list(self.seconds)
        numbers = {name: number for number, name in enumerate(names)}
        content = asdict(self) | {"groups": [[numbers[name] for name in group] for group in self.groups]}
        path.write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Measured:
        found = json.loads(path.read_text(encoding="utf-8"))
        names = list(found["seconds"])
        groups = [[names[number] for number in group] for group in found["groups"]]
        lines = {
            file: {int(line): group for line, group in by_line.items()} for file, by_line in found["executed"].items()
        }
        return cls(found["digest"], found["seconds"], groups, lines, found["failed"])

    def tests_for(self, tree: Path, file: str, line: int) -> list[str]:
        """The tests that execute a line; of a line that runs at import, those that execute anything of the file."""
        by_line = self.executed.get(file, {})
        first, last, is_called = statement_at((tree / file).read_text(encoding="utf-8"), line)
        if is_called and (at := self._of(by_line, [line]) or self._of(by_line, range(first, last + 1))):
            return at
        return self._of(by_line, by_line)

    def _of(self, by_line: dict[int, int], lines: Iterable[int]) -> list[str]:
        groups = dict.fromkeys(by_line[line] for line in lines if line in by_line)
        return list(dict.fromkeys(test for group in groups for test in self.groups[group]))

    def in_order(self, tests: Iterable[str]) -> list[str]:
        """File by file, so that no fixture is made twice, those that are through soonest first; so in each file."""
        by_file: dict[str, list[str]] = defaultdict(list)
        for test in tests:
            by_file[test.partition("::")[0]].append(test)
        files = sorted(by_file, key=lambda file: sum(self.seconds[test] for test in by_file[file]))
        return [test for file in files for test in sorted(by_file[file], key=self.seconds.__getitem__)]


def statement_at(code: str, line: int) -> tuple[int, int, bool]:
    """First and last line of the innermost statement at a line, and whether it runs when a function is called.

    Of a statement with statements inside (``if``, ``for``, ``with``) only its own head counts. Decorators and defaults
    of a function run where it is defined.
    """
    found = (line, line, False)

    def look(nodes: Iterable[ast.stmt], is_called: bool) -> None:
        nonlocal found
        for node in nodes:
            decorators = getattr(node, "decorator_list", [])
            begin = min([node.lineno, *(one.lineno for one in decorators)])
            if not begin <= line <= (node.end_lineno or node.lineno):
                continue
            inner = [one for name in ("body", "orelse", "finalbody") for one in getattr(node, name, [])]
            inner += [one for handler in getattr(node, "handlers", []) for one in handler.body]
            inner += [one for case in getattr(node, "cases", []) for one in case.body]
            end = min((one.lineno for one in inner), default=(node.end_lineno or node.lineno) + 1) - 1
            found = (begin, max(begin, end) if line <= max(begin, end) else line, is_called)
            look(inner, is_called or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    look(ast.parse(code).body, False)
    return found


def digest_of(tree: Path, places: Iterable[str]) -> str:
    """Of the names and the content of all Python files in some places."""
    found = hashlib.sha256()
    for place in places:
        for path in sorted((tree / place).rglob("*.py")):
            found.update(f"{path.relative_to(tree)}\0".encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def measure(tree: Path, places: list[str], digest: str, out: Path) -> int:
    """Run tests in this process, which must have imported nothing of the app, and keep who executes what.

    Returns:
        The exit code of pytest.
    """
    from coverage import Coverage

    coverage = Coverage(data_file=None, source=[str(tree / "spa_desktop")], config_file=False, messages=False)
    watcher = Watcher(coverage)
    coverage.start()
    coverage.switch_context(_IMPORTED)
    code = int(pytest.main([*FLAGS, "--tb=short", *places], plugins=[watcher]))
    coverage.stop()
    users: dict[str, list[str]] = defaultdict(list)
    taken = {test: fixtures for test, fixtures in watcher.fixtures.items() if test not in watcher.failed}
    for test, fixtures in taken.items():
        users[test] = [test]
        for fixture in fixtures:
            users[fixture].append(test)
    data = coverage.get_data()
    found = Measured(digest, {test: round(seconds, 4) for test, seconds in watcher.seconds.items()})
    numbers: dict[tuple[str, ...], int] = {}
    for file in data.measured_files():
        by_line = found.executed[str(Path(file).relative_to(tree))] = {}
        for line, contexts in sorted(data.contexts_by_lineno(file).items()):
            tests = tuple(dict.fromkeys(test for context in sorted(contexts) for test in users.get(context, ())))
            by_line[line] = numbers.setdefault(tests, len(numbers))
    found.groups = [list(tests) for tests in numbers]
    found.failed = sorted(watcher.failed)
    found.write(out)
    return code
