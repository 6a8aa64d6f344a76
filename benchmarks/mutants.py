"""Do the tests notice a mistake? ``python -m benchmarks.mutants`` plants small ones, one at a time, and counts.

The mistakes are Cosmic Ray's operators: another comparison, another number, a negated condition, a loop that is not
run, and so on. Places are drawn with a fixed seed, and at each place one mistake. A copy of the tree is changed, never
the tree itself. A mutant is run against the test files that import its module, those named after it first, and then
against the files that go through the whole package (see `THROUGH`). It is noticed by the first test that fails.

Libraries are loaded once: each mutant is tested in a fork of this process, which has imported nothing of the app.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = {
    "spa": "spa_desktop/spa",
    "project": "spa_desktop/project",
    "workbench": "spa_desktop/workbench",
    "metrics": "spa_desktop/metrics.py",
}
# Where tests of a package lie, and the files that go through all of it.
TESTS = {
    "spa": ["tests/spa"],
    "project": ["tests/project"],
    "workbench": ["tests/workbench", "tests/descriptions/openai/test_project.py"],
    "metrics": ["tests/bench/test_metrics.py"],
}
THROUGH = {
    "spa": ["test_learner.py", "test_learner_changes.py", "test_training.py", "test_state.py", "test_scorer.py"],
    "project": [
        "test_project.py",
        "test_editing.py",
        "test_learning.py",
        "test_check.py",
        "test_undo.py",
        "test_adding.py",
    ],
    "workbench": ["test_story.py", "test_classes.py", "test_learning.py", "test_answers.py", "test_recognizing.py"],
    "metrics": [],
}
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
    *("torch", "scipy.optimize", "ot.batch", "sklearn.cluster", "PIL.Image", "pydantic", "hypothesis", "pytest"),
    *("safetensors.torch", "numpy", "typer", "filelock"),
)
_NOT_WORTH_IT = ("tests/spa/test_learner_devices.py",)  # a minute to set up; what it holds is of devices alone


@dataclass(frozen=True)
class Mutant:
    """A mistake at a place."""

    package: str
    file: str
    operator: str
    occurrence: int
    line: int


@dataclass
class Fate:
    """What became of it: "noticed", "survived", or "hung"."""

    file: str
    line: int
    operator: str
    state: str
    by: str
    seconds: float
    diff: str


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


def files_for(tree: Path, package: str, file: str) -> list[str]:
    """Test files for a module: named after it, importing it, and through the whole package, in this order."""
    module = Path(file).stem
    files = [
        path
        for place in TESTS[package]
        for path in ([tree / place] if place.endswith(".py") else sorted((tree / place).rglob("test_*.py")))
    ]
    named = [path for path in files if path.stem.startswith(f"test_{module}")]
    dotted = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    parent, _, leaf = dotted.rpartition(".")
    needles = (f"from {dotted} import", f"import {dotted}", f"from {parent} import {leaf}")
    importing = [path for path in files if any(needle in path.read_text(encoding="utf-8") for needle in needles)]
    through = [path for name in THROUGH[package] for path in files if path.name == name]
    chosen = [str(path.relative_to(tree)) for path in dict.fromkeys([*named, *importing, *through] or files)]
    return [name for name in chosen if name not in _NOT_WORTH_IT] or [str(path.relative_to(tree)) for path in files]


def run_tests(tree: Path, tests: list[str], limit: float) -> tuple[str, str]:
    """Run test files in a fork of this process. Gives what became of it, and the test that failed first."""
    log = tree / "mutant.log"
    child = os.fork()
    if child == 0:
        os.setsid()
        with log.open("w") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
        os.chdir(tree)
        sys.path.insert(0, str(tree))
        import pytest

        flags = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=no"]
        os._exit(int(pytest.main([*flags, *tests])))
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            lines = log.read_text(errors="replace").splitlines()
            failed = [line.split(" - ")[0] for line in lines if line.startswith(("FAILED", "ERROR"))]
            return ("survived" if code == 0 else "noticed"), (failed or [f"exit code {code}"])[0] if code else ""
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hung", f"longer than {limit:.0f} s"


def plant(tree: Path, mutant: Mutant) -> tuple[str, str] | None:
    """The code before and after, None if this place cannot be mutated after all."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    code = (tree / mutant.file).read_text(encoding="utf-8")
    mutated = mutate_code(code, get_operator(mutant.operator)(), mutant.occurrence)
    return None if mutated is None or mutated == code else (code, mutated)


def main() -> None:
    """Plant, test, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="mutants of all packages (300)")
    parser.add_argument("--seed", type=int, default=1, help="chooses them (1)")
    parser.add_argument("--only", default=",".join(PACKAGES), help="of those, the ones of these packages")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no other after so long")
    parser.add_argument("--limit", type=float, default=600, help="seconds after which a mutant counts as hung (600)")
    parser.add_argument("--out", type=Path, default=Path("build/mutants.json"), help="where the result goes")
    arguments = parser.parse_args()
    started = time.monotonic()
    sys.dont_write_bytecode = True
    for name in _LOADED_ONCE:
        __import__(name)
    chosen = [one for one in sample(arguments.count, arguments.seed) if one.package in arguments.only.split(",")]
    fates: list[Fate] = []
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name, "tree")
        for part in _COPIED:
            source = REPOSITORY / part
            if source.is_dir():
                shutil.copytree(source, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                tree.mkdir(exist_ok=True)
                shutil.copy(source, tree / part)
        os.environ["PYTHONPATH"], os.environ["PYTHONDONTWRITEBYTECODE"] = str(tree), "1"
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        for package in dict.fromkeys(one.package for one in chosen):
            mine = [files_for(tree, package, one.file) for one in chosen if one.package == package]
            state, by = run_tests(
                tree, list(dict.fromkeys(name for names in mine for name in names)), 10 * arguments.limit
            )
            if state != "survived":
                raise SystemExit(f"The tests of {package} fail without a mutant already: {by}")
        for number, mutant in enumerate(chosen, start=1):
            code = plant(tree, mutant)
            if time.monotonic() - started > 60 * arguments.minutes:
                break
            if code is None:
                continue
            begun = time.monotonic()
            (tree / mutant.file).write_text(code[1], encoding="utf-8")
            try:
                state, by = run_tests(tree, files_for(tree, mutant.package, mutant.file), arguments.limit)
            finally:
                (tree / mutant.file).write_text(code[0], encoding="utf-8")
            lines = difflib.unified_diff(code[0].splitlines(), code[1].splitlines(), lineterm="", n=0)
            diff = "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))
            fate = Fate(mutant.file, mutant.line, mutant.operator, state, by, round(time.monotonic() - begun, 1), diff)
            fates.append(fate)
            print(f"{number}/{len(chosen)} {state} {fate.file}:{fate.line} {fate.seconds} s {by}", flush=True)
            if state == "survived":
                print(diff, flush=True)
            arguments.out.parent.mkdir(parents=True, exist_ok=True)
            arguments.out.write_text(json.dumps([asdict(one) for one in fates], indent=1), encoding="utf-8")
    print(table(fates, len(chosen)))


def table(fates: list[Fate], drawn: int) -> str:
    """How many were noticed, by package."""
    counts = Counter((Path(one.file).parts[1].removesuffix(".py"), one.state) for one in fates)
    lines = ["| package | tested | noticed | hung | survived |", "|---|---|---|---|---|"]
    for package in sorted({package for package, _ in counts}):
        noticed, hung, survived = (counts[package, state] for state in ("noticed", "hung", "survived"))
        lines.append(f"| {package} | {noticed + hung + survived} | {noticed} | {hung} | {survived} |")
    states = Counter(one.state for one in fates)
    share = 100 * (1 - states["survived"] / max(len(fates), 1))
    return "\n".join([*lines, f"\n{len(fates)} of {drawn} drawn were tested, {share:.0f} % did not survive"])


if __name__ == "__main__":
    main()
