"""What to do about an error has words for each surface, and the command line's words stay in the command line."""

import ast
import functools
import re
from pathlib import Path
from string import Formatter

import spa_desktop
from spa_desktop.cli.common import ADVICE as COMMAND_LINE
from spa_desktop.errors import ADVICE as PYTHON
from spa_desktop.errors import InputError
from spa_desktop.ui.plain_text import ADVICE as WINDOW

ROOT = Path(spa_desktop.__file__).parent
RAISED = ("SpaError", "InputError", "ProjectDamaged")
OPTION = re.compile(r"`spa-desktop |(^|[( ])--[a-z]")


@functools.cache
def raised(path: Path) -> list[ast.Call]:
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in RAISED]


def codes(call: ast.Call) -> list[str]:
    given = [*call.args[1:], *(word.value for word in call.keywords if word.arg == "advice")]
    return [value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)]


def test_each_code_has_words_with_the_same_fields_in_each_table() -> None:
    fields = [
        {code: {name for _, name, _, _ in Formatter().parse(text) if name} for code, text in table.items()}
        for table in (PYTHON, COMMAND_LINE, WINDOW)
    ]
    assert fields[0].keys() == fields[1].keys() == fields[2].keys()
    for code in fields[0]:  # a table need not name what it has no use for
        assert len({frozenset(table[code]) for table in fields if table[code]}) <= 1, code
    used = {code for path in ROOT.rglob("*.py") for call in raised(path) for code in codes(call)}
    assert used <= set(PYTHON)


def test_what_is_not_named_stays_as_it_is() -> None:
    """Texts with a path in them may hold braces of its own."""
    error = InputError("{path} lies in /a{b}", "top up folder", path="/{folder}", folder="/c")
    assert error.worded(WINDOW).startswith("/{folder} lies in /a{b}: rename the folder /c, or")


def test_only_the_command_line_names_its_options() -> None:
    """Elsewhere they would be read in a window, where nobody can type them."""
    engine = [path for path in ROOT.rglob("*.py") if path.parent.name not in ("cli", "bench")]
    texts = (
        (path.name, text.value)
        for path in engine
        for call in raised(path)
        for text in ast.walk(call)
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    )
    assert [(name, text) for name, text in texts if OPTION.search(text)] == []
    assert not any(OPTION.search(text) for text in WINDOW.values())
