import logging
import os
import subprocess
import sys
import threading

import keyring
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.backend import KeyringBackend

from spa_desktop import keys
from spa_desktop.errors import InputError
from spa_desktop.keys import find_key, forget_key, redact, save_key
from tests.conftest import REPOSITORY

try:
    import resource
except ImportError:  # on Windows
    resource = None

SECRET = "sk-abcdefghijkl"
HERE, THERE = "https://api.openai.com/v1", "http://localhost:11434/v1"


class Memory(KeyringBackend):
    """A keyring that works."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Locked(Memory):
    """A keyring whose wallet stays closed, and that says so in its own way."""

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError("org.freedesktop.Secret.Error.IsLocked")

    set_password = delete_password = get_password  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    monkeypatch.setattr(keys, "_session", {})
    monkeypatch.setattr(keys, "_seen", set())
    monkeypatch.setattr(keys, "_taken", [])
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def test_the_environment_comes_first_then_the_keyring_then_memory(monkeypatch):
    keyring.set_keyring(Memory())
    assert find_key(HERE) is None
    assert save_key("for-now", HERE, in_keyring=False).source == "session"
    saved = save_key(" for-good\n", HERE)
    assert (saved.value, saved.source) == ("for-good", "keyring")
    monkeypatch.setenv(keys.VARIABLE, "from-outside")
    assert find_key(HERE).source == save_key("another", HERE).source == "environment"
    monkeypatch.delenv(keys.VARIABLE)
    assert find_key(HERE).value == "another"
    forget_key(HERE)
    assert find_key(HERE) is None


def test_a_saved_key_belongs_to_one_address():
    keyring.set_keyring(Memory())
    save_key("for-here", HERE)
    assert find_key(THERE) is None
    save_key("for-there", THERE, in_keyring=False)
    assert (find_key(HERE).value, find_key(THERE).value) == ("for-here", "for-there")


@pytest.mark.parametrize("backend", [keyring.backends.fail.Keyring, keyring.backends.null.Keyring, Locked])
def test_a_keyring_that_fails_or_forgets_leaves_this_session(backend):
    keyring.set_keyring(backend())
    assert find_key(HERE) is None
    saved = save_key("held-in-memory", HERE)
    assert saved.source == find_key(HERE).source == "session"
    forget_key(HERE)
    assert find_key(HERE) is None


@pytest.mark.parametrize("typed", ["", "  ", "two words", "schlüssel", "a\nb"])
def test_what_is_no_key(typed, monkeypatch):
    with pytest.raises(InputError, match="is not a key"):
        save_key(typed, HERE)
    monkeypatch.setenv(keys.VARIABLE, typed)
    if typed.strip():
        with pytest.raises(InputError, match=f"What {keys.VARIABLE} holds is not a key"):
            find_key(HERE)
    else:
        assert find_key(HERE) is None


def test_keys_are_hidden_wherever_they_stand(monkeypatch):
    save_key("odd.looking/key", HERE)
    monkeypatch.setenv(keys.VARIABLE, "plainword99")
    text = redact(
        "sk-proj-abcdefgh_1 and sk-**** and 'Bearer abc.def-123' and odd.looking/key, plainword99; http://me:pw@host/v1"
    )
    assert text == "[key] and sk-**** and 'Bearer [key]' and [key], [key]; http://[key]@host/v1"
    harmless = "a task-list of disk-shaped things, Bearer bonds, https://host/@name"
    assert redact(harmless) == harmless
    assert "plainword99" not in repr(find_key(HERE))


@pytest.fixture
def hooks_kept(monkeypatch: pytest.MonkeyPatch):
    """What guards a process is undone after the test."""
    factory = logging.getLogRecordFactory()
    for module in (sys, threading):
        monkeypatch.setattr(module, "excepthook", module.excepthook)
    limits = resource.getrlimit(resource.RLIMIT_CORE) if resource else None
    yield
    logging.setLogRecordFactory(factory)
    if resource:
        resource.setrlimit(resource.RLIMIT_CORE, limits)


class Gone:
    def __repr__(self):
        raise RuntimeError("the object was deleted")


@pytest.mark.usefixtures("hooks_kept")
@pytest.mark.parametrize(
    ("message", "argument"),
    [("with %s", "sk-mnopqrstuvw"), ("%d does not fit", "sk-abcdefghijkl"), ("the %s", Gone())],
    ids=["fits", "does not fit", "cannot be shown"],
)
def test_logs_are_kept_clean_whatever_the_message(caplog, message, argument):
    keys.guard_output()
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("test_keys").warning(message, argument, exc_info=True, stack_info=True)
    (record,) = caplog.records
    assert "ValueError: [key]" in caplog.text
    assert "[key]" in record.getMessage() or isinstance(argument, Gone)
    assert "sk-" not in caplog.text


@pytest.mark.usefixtures("hooks_kept")
def test_the_whole_process_is_guarded_but_nobody_elses_hooks_are_taken(monkeypatch):
    monkeypatch.setattr(sys, "excepthook", mine := lambda *_: None)
    keys.guard_output()
    assert sys.excepthook is mine
    record = logging.getLogger("anyone").makeRecord("a", 1, "f", 1, "with %s", ("sk-abcdefghijkl",), None, sinfo=SECRET)
    assert (record.getMessage(), record.stack_info) == ("with [key]", "[key]")


@pytest.mark.usefixtures("hooks_kept")
def test_an_error_that_nobody_caught_is_told_without_the_key(monkeypatch, capsys):
    key = "plain.looking.Word-77"  # nothing about it looks like one
    save_key(key, HERE)
    for module in (sys, threading):
        monkeypatch.setattr(module, "excepthook", module.__excepthook__)
    keys.guard_output()

    def fail() -> None:
        raise RuntimeError(f"an error that holds {key}")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except RuntimeError:
        sys.excepthook(*sys.exc_info())
    told = capsys.readouterr().err
    assert told.count("RuntimeError: an error that holds [key]") == 2
    assert key not in told


_CRASH = """
import os, resource, subprocess, sys
from spa_desktop import keys
_, hard = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
if "guarded" in sys.argv:
    keys.guard_process()
assert keys.find_key("https://api.openai.com/v1").value == sys.stdin.read()
print(subprocess.run(["env"], capture_output=True, text=True, check=True).stdout, flush=True)
os.abort()
"""


def _crashed(folder, *arguments):
    """What a program says, and whether it left a core when it crashed, with a key in its environment."""
    key = "plain.looking.Word-77"
    child = subprocess.Popen(
        [sys.executable, "-c", _CRASH, *arguments],
        cwd=folder,
        env={**os.environ, keys.VARIABLE: key, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    child.stdin.write(key)
    child.stdin.close()
    said = child.stdout.read()
    child.stdout.close()
    _, status = os.waitpid(child.pid, 0)
    child.returncode = 0
    assert os.WIFSIGNALED(status), said
    return key in said, os.WCOREDUMP(status)


@pytest.mark.skipif(not hasattr(os, "WCOREDUMP"), reason="Windows writes no cores by itself")
def test_neither_programs_that_are_started_nor_a_core_get_the_key(tmp_path):
    assert _crashed(tmp_path, "guarded") == (False, False)
    is_inherited, _ = _crashed(tmp_path)
    assert is_inherited, "otherwise nothing was proved"


@pytest.mark.usefixtures("hooks_kept")
def test_the_key_of_the_environment_is_found_after_it_was_taken_out(monkeypatch):
    keyring.set_keyring(Memory())
    monkeypatch.setenv(keys.VARIABLE, "plainword99")
    for _ in range(2):
        keys.guard_process()
        assert keys.VARIABLE not in os.environ
        assert (find_key(HERE).value, find_key(HERE).source) == ("plainword99", "environment")
        assert redact("plainword99!") == "[key]!"
