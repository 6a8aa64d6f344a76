"""The modules of the app: no two import each other, by whatever way round; signals are heard by methods."""

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("spa_desktop", cache_dir=None)


def test_no_module_is_imported_by_what_it_imports(graph):
    """Imports inside functions count, and those for type checking alone as well."""
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_no_signal_of_the_window_is_connected_to_a_lambda():
    """It would keep what it knows, and be called when that is gone: a bound method of a QObject is not."""
    files = {path.name: path.read_text() for path in (REPOSITORY / "spa_desktop" / "ui").rglob("*.py")}
    assert [name for name, text in files.items() if "connect(lambda" in text] == []
