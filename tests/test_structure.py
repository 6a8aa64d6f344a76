"""The modules of the app: no two import each other, by whatever way round."""

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest


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
