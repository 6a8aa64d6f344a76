"""Do the tests notice a mistake? ``python -m benchmarks.mutants`` plants small ones, one at a time, and counts.

The mistakes are Cosmic Ray's operators: another comparison, another number, a negated condition, a loop that is not
run, and so on. Places are drawn with a fixed seed, and at each place one mistake. A copy of the tree is changed, never
the tree itself. A mutant is run against the tests that execute its line (see :mod:`benchmarks.mutant_tests`), the
fastest first, and is noticed by the first that fails.

Libraries are loaded once: each mutant is tested in a fork of this process, which has imported nothing of the app. What
is done is kept as it goes, and not done again: ``--part 1/2`` and ``--part 2/2`` may run beside each other.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from benchmarks.mutant_tests import FLAGS, Measured, digest_of, measure

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = {
    "spa": "spa_desktop/spa",
    "project": "spa_desktop/project",
    "workbench": "spa_desktop/workbench",
    "metrics": "spa_desktop/metrics.py",
}
# Where tests of these packages lie. Others go through them too, but are far away: a window, a command line.
TESTS = ("tests/spa", "tests/project", "tests/workbench", "tests/bench", "tests/classify")
_LEFT_OUT = ("tests/spa/test_learner_devices.py",)  # a minute to set up; what it holds is of devices alone
_COPIED = (
    "spa_desktop",
    "tests",
    "benchmarks",
    "models",
    "resources",
    "docs",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
)
_LOADED_ONCE = (
    *(
        "torch",
        "scipy.optimize",
        "ot.batch",
        "sklearn.cluster",
        "PIL.Image",
        "pydantic._internal._validators",
        "hypothesis",
        "pytest",
    ),
    *("safetensors.torch", "numpy", "typer", "filelock"),
)


_MOST_FAILED = 0.01  # of the tests: on a busy machine some run out of time


@dataclass(frozen=True)
class Mutant:
    """A mistake at a place."""

    package: str
    file: str
    operator: str
    occurrence: int
    line: int

    def key(self, mutated: str) -> str:
        """Of the mistake and the whole file that it stands in: it is another one once the file has changed."""
        return hashlib.sha256(f"{self.file}\0{mutated}".encode()).hexdigest()[:16]


@dataclass
class Fate:
    """What became of it: "noticed", "survived", "hung" or "not run"; by which test, and how many execute its line."""

    file: str
    line: int
    operator: str
    state: str
    by: str
    seconds: float
    diff: str
    tests: int = 0
    key: str = ""


def places(package: str) -> Iterator[Mutant]:
    """Every mistake that could be planted in a package."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.plugins import get_operator, operator_names

    root = REPOSITORY / PACKAGES[package]
    for path in [root] if root.is_file() else sorted(root.rglob("*.py")):
        left_out = _types(path)
        nodes = list(ast_nodes(get_ast_from_path(path)))
        for name in operator_names():
            if get_operator(name).arguments():
                continue
            operator, occurrence = get_operator(name)(), 0
            for node in nodes:
                for start, _ in operator.mutation_positions(node):
                    if not any(begin <= start <= end for begin, end in left_out):
                        yield Mutant(package, str(path.relative_to(REPOSITORY)), name, occurrence, start[0])
                    occurrence += 1


def _types(path: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations stand, and imports for types: a mistake there changes nothing that runs."""
    found: list[ast.AST] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            found.append(node.annotation)
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            found.append(node.returns)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            found.append(node)
    return [((one.lineno, one.col_offset), (one.end_lineno, one.end_col_offset)) for one in found]  # type: ignore[attr-defined]


def sample(count: int, seed: int) -> list[Mutant]:
    """So many mutants of all packages, each at a line of its own."""
    by_line: dict[tuple[str, int], list[Mutant]] = {}
    for package in PACKAGES:
        for one in places(package):
            by_line.setdefault((one.file, one.line), []).append(one)
    chance = random.Random(seed)
    lines = chance.sample(sorted(by_line), min(count, len(by_line)))
    return [chance.choice(by_line[line]) for line in lines]


def importing(tree: Path, file: str) -> list[str]:
    """Test files that import a module, for one of which no test was seen to execute anything."""
    dotted = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    parent, _, leaf = dotted.rpartition(".")
    needles = (f"from {dotted} import", f"import {dotted}", f"from {parent} import {leaf}")
    files = [path for place in TESTS for path in sorted((tree / place).rglob("test_*.py"))]
    found = [path for path in files if any(needle in path.read_text(encoding="utf-8") for needle in needles)]
    return [name for path in found if (name := str(path.relative_to(tree))) not in _LEFT_OUT]


class InOrder:
    """A plugin of pytest: of the tests that were collected these ones, in their order."""

    def __init__(self, tests: list[str]) -> None:
        self._places = {test: number for number, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._places), key=lambda item: self._places[item.nodeid]
        )


def in_fork(tree: Path, act: Callable[[], int], limit: float) -> tuple[int | None, list[str]]:
    """Run something in a fork of this process. Gives its exit code, None if it took too long, and what it printed."""
    log = tree / "mutant.log"
    child = os.fork()
    if child == 0:
        os.setpgrp()  # not a session of its own, which would have a priority of its own
        with log.open("w") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
        os.chdir(tree)
        sys.path.insert(0, str(tree))
        code = 70
        try:
            code = act()
        finally:  # what was raised must not pass through the caller's `with`, which would remove the tree
            traceback.print_exc()
            os._exit(code)
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), log.read_text(errors="replace").splitlines()
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None, []


def run_tests(tree: Path, tests: list[str], limit: float) -> tuple[str, str]:
    """Run tests, or files of them, until one fails. Gives what became of it, and the test that failed."""
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    plugins = [InOrder(tests)] if "::" in tests[0] else []
    flags = ["-x", *FLAGS, "--tb=no"]
    code, lines = in_fork(tree, lambda: int(pytest.main([*flags, *files], plugins=plugins)), limit)
    if code is None:
        return "hung", f"longer than {limit:.0f} s"
    if code == 0:
        return "survived", ""
    # A mistake that keeps a module from being imported ends pytest at the first conftest that imports it.
    told = ("FAILED", "ERROR", "ImportError while loading conftest")
    failed = [line.split(" - ")[0] for line in lines if line.startswith(told)]
    return ("noticed" if failed or code < 0 else "not run"), (failed or [f"exit code {code}"])[0]


def plant(tree: Path, mutant: Mutant) -> tuple[str, str] | None:
    """The code before and after, None if this place cannot be mutated after all."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    code = (tree / mutant.file).read_text(encoding="utf-8")
    try:
        mutated = mutate_code(code, get_operator(mutant.operator)(), mutant.occurrence)
        ast.parse(mutated or "")
    except (AttributeError, SyntaxError):  # it takes the * before keywords for a product, caught exceptions for names
        return None
    return None if mutated is None or mutated == code else (code, mutated)


def copy_tree(tree: Path) -> None:
    """What is needed to run the tests."""
    for part in _COPIED:
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            tree.mkdir(exist_ok=True)
            shutil.copy(source, tree / part)


def measured(tree: Path, kept: Path) -> Measured:
    """Who executes what, measured now if anything has changed since."""
    digest = digest_of(tree, ("spa_desktop", *TESTS))
    if kept.exists() and (found := Measured.read(kept)).digest == digest:
        return found
    places = [*TESTS, *(f"--ignore={name}" for name in _LEFT_OUT)]
    code, lines = in_fork(tree, lambda: measure(tree, places, digest, kept), 7200)
    if code not in (0, 1) or len((found := Measured.read(kept)).failed) > _MOST_FAILED * len(found.seconds):
        kept.unlink(missing_ok=True)
        raise SystemExit("\n".join(["The tests fail without a mutant already:", *lines[-20:]]))
    for test in found.failed:
        print(f"left out, as it fails without a mutant: {test}", flush=True)
    return found


def read_fates(path: Path) -> list[Fate]:
    """What was done before. Of a mutant that was tried again, the last."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = [Fate(**json.loads(line)) for line in lines]
    return list({one.key: one for one in found}.values())


def main() -> None:
    """Plant, test, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="mutants of all packages (300)")
    parser.add_argument("--seed", type=int, default=1, help="chooses them (1)")
    parser.add_argument("--only", default=",".join(PACKAGES), help="of those, the ones of these packages")
    parser.add_argument("--part", default="1/1", help="of those, each so-manieth: 1/2 and 2/2 side by side")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no other after so long")
    parser.add_argument("--limit", type=float, default=600, help="seconds after which a mutant counts as hung (600)")
    parser.add_argument("--again", action="store_true", help="try those again that were not noticed")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "build" / "mutants", help="folder of what is kept")
    arguments = parser.parse_args()
    started = time.monotonic()
    out = arguments.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    sys.dont_write_bytecode = True
    for name in _LOADED_ONCE:
        __import__(name)
    chosen = [one for one in sample(arguments.count, arguments.seed) if one.package in arguments.only.split(",")]
    part, parts = map(int, arguments.part.split("/"))
    done = {one.key for one in read_fates(out / "fates.jsonl") if one.state == "noticed" or not arguments.again}
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name, "tree")
        copy_tree(tree)
        os.environ["PYTHONPATH"], os.environ["PYTHONDONTWRITEBYTECODE"] = str(tree), "1"
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        who = measured(tree, out / "executed.json")
        for number, mutant in list(enumerate(chosen, start=1))[part - 1 :: parts]:
            code = plant(tree, mutant)
            if time.monotonic() - started > 60 * arguments.minutes:
                break
            if code is None or mutant.key(code[1]) in done:
                continue
            fate = try_mutant(tree, mutant, code, who, arguments.limit)
            with (out / "fates.jsonl").open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(asdict(fate)) + "\n")
            print(f"{number}/{len(chosen)} {fate.state} {fate.file}:{fate.line} {fate.seconds} s {fate.by}", flush=True)
            if fate.state == "survived":
                print(fate.diff, flush=True)
    print(table(read_fates(out / "fates.jsonl"), len(chosen)))


def try_mutant(tree: Path, mutant: Mutant, code: tuple[str, str], who: Measured, limit: float) -> Fate:
    """Plant one, and run the tests that execute its line."""
    begun = time.monotonic()
    tests = who.in_order(who.tests_for(tree, mutant.file, mutant.line)) or importing(tree, mutant.file)
    (tree / mutant.file).write_text(code[1], encoding="utf-8")
    try:
        state, by = run_tests(tree, tests, limit) if tests else ("survived", "")
    finally:
        (tree / mutant.file).write_text(code[0], encoding="utf-8")
    lines = difflib.unified_diff(code[0].splitlines(), code[1].splitlines(), lineterm="", n=0)
    diff = "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))
    seconds = round(time.monotonic() - begun, 1)
    return Fate(mutant.file, mutant.line, mutant.operator, state, by, seconds, diff, len(tests), mutant.key(code[1]))


def table(fates: list[Fate], drawn: int) -> str:
    """How many were noticed, by package."""
    counts = Counter((Path(one.file).parts[1].removesuffix(".py"), one.state) for one in fates)
    lines = ["| package | tested | noticed | hung | survived | not run |", "|---|---|---|---|---|---|"]
    for package in sorted({package for package, _ in counts}):
        found = [counts[package, state] for state in ("noticed", "hung", "survived", "not run")]
        lines.append(f"| {package} | {' | '.join(map(str, [sum(found), *found]))} |")
    share = 100 * sum(one.state == "noticed" for one in fates) / max(len(fates), 1)
    return "\n".join([*lines, f"\n{len(fates)} of {drawn} drawn were tested, {share:.0f} % were noticed"])


if __name__ == "__main__":
    main()
