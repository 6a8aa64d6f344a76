import ast
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QLocale, Qt, QTranslator

import spa_desktop.ui
from spa_desktop import paths
from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.classify.sort_photos import plan_sort
from spa_desktop.descriptions.openai.service import ServiceError
from spa_desktop.errors import FilledText, InputError, say
from spa_desktop.jobs import Job, JobEvent
from spa_desktop.photos.opening import open_photo
from spa_desktop.project import Project, Skipped
from spa_desktop.project.box_files import read_boxes
from spa_desktop.project.class_names import clean_name
from spa_desktop.project.folders import SAME_PHOTO, find_classes, find_copies
from spa_desktop.project.manifest import read_manifest
from spa_desktop.ui.app import Session
from spa_desktop.ui.plain_text import error_text, shown_event
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.ui.settings.settings_dialog import SettingsDialog
from spa_desktop.ui.style.theme import install_language
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.tables import why_skipped
from spa_desktop.workbench import class_changes, evaluating, training
from spa_desktop.workbench.open_project import OpenProject

KEY = "sk-" + "a1B2" * 12
LAYERS = ("encoders", "export", "photos", "project")  # whose errors reach the window
# Whose errors only callers from Python, the command line or a broken installation can meet, by their first words.
NOT_OF_THE_WINDOW = (
    "encoders/lite_torch.py: spa-lite's weights do not fit",
    "encoders/open_clip_pairs.py: The backbone {} is an object",
    "encoders/open_clip_towers.py: The tokenizer in",
    "encoders/photo_encoder.py: {}",
    "export/dataset.py: {} is no kind",
    "project/connecting.py: The app needs SQLite",
    "project/project.py: The seed",
    "project/project_failures.py: {}: {}",  # SQLite's own words
    "project/reader.py: {} has no {} with the number",
    "project/transaction.py: Exemplars are",
    "project/transaction.py: The new order",
    "project/transaction.py: This cannot be stored",
)
SOURCES = sorted((paths.resources_dir() / "translations").glob("*.ts"))


@pytest.fixture(autouse=True)
def _english_again():
    yield
    install_language("en")
    QLocale.setDefault(QLocale("en"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_text_is_translated_and_fills_in_the_same_fields(source):
    for message in ElementTree.parse(source).getroot().iter("message"):
        english, translated = message.findtext("source", ""), message.findtext("translation", "")
        is_done = message.find("translation").get("type") != "unfinished" and translated.strip()
        assert is_done, f"run scripts/update_translations.sh and translate {english!r}"
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", translated)), english


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_texts_are_those_of_the_window(source, tmp_path):
    """Every text that the window has is in the file, so that none is left out in silence."""
    lupdate = Path(sys.executable).with_name("pyside6-lupdate")
    if not lupdate.exists():
        pytest.skip("PySide6's tools are not beside this Python")
    fresh = tmp_path / source.name
    fresh.write_bytes(source.read_bytes())
    files = sorted(map(str, Path(spa_desktop.__file__).parent.rglob("*.py")))
    command = [str(lupdate), "-silent", "-no-obsolete", "-locations", "none", *files, "-ts", str(fresh)]
    subprocess.run(command, check=True, capture_output=True)

    def texts(path):
        return {
            (context.findtext("name"), message.findtext("source"))
            for context in ElementTree.parse(path).getroot().iter("context")
            for message in context.iter("message")
        }

    assert texts(fresh) - texts(source) == set(), "run scripts/update_translations.sh"


def test_another_language_is_spoken_from_the_next_start(qapp, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("SPA_DESKTOP_CONFIG_DIR", str(tmp_path))
    SettingsStore().update(language="en")
    for title in ("Results", "结果"):
        session = Session()
        session.window.show()
        session.window.show_settings("Language")
        dialog = session.window.findChild(SettingsDialog)
        qtbot.keyClick(dialog.language, Qt.Key.Key_End)  # 简体中文
        dialog.accept()
        page = session.window.page_of("results")
        assert (page.title.text(), page.accessibleName()) == (title, title)
        session.context.shutdown()
        session.window.hide()
        session.window.deleteLater()


class Marked(QTranslator):
    """A language in which each error stands in brackets."""

    def isEmpty(self):
        return False

    def translate(self, context, text, disambiguation=None, n=-1):
        return f"[{text}]" if context == "errors" else ""


def test_an_error_that_is_marked_is_said_in_the_language_of_the_window(qapp, tmp_path, monkeypatch):
    photo = tmp_path / "in" / "a {b}.jpg"
    photo.parent.mkdir()
    photo.touch()
    answers = [PhotoAnswer(str(photo), (1,), (1.0,), size=10**9)]
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=0))
    language = Marked()
    qapp.installTranslator(language)
    try:
        for target, said in ((tmp_path / "{out}", " has no room: "), (photo, " is not a folder: "), (photo.parent, "")):
            with pytest.raises(InputError) as raised:
                plan_sort(answers, {1: "red"}, target, sources=[photo.parent] if not said else ())
            text = error_text(raised.value)
            assert text.startswith(f"[{target}{said}")
            assert text.endswith("]")
            assert text.strip("[]") == str(raised.value)
    finally:
        qapp.removeTranslator(language)
    assert error_text(InputError("{no} template")) == "{no} template"


def test_what_the_engine_says_is_translated_before_it_is_filled_in(qapp, tmp_path):
    translator = Marked()
    qapp.installTranslator(translator)
    try:
        for path, what in (
            (tmp_path / "a.spa", "][: ][it was moved"),
            (tmp_path / "no" / "a.spa", f"{tmp_path / 'no'}:"),
        ):
            with pytest.raises(InputError) as error:
                Project.open(path)
            shown = error_text(error.value)
            assert shown.startswith(f"[There is no project {path}")
            assert what in shown
            assert shown.endswith("]")
            assert "[" not in str(error.value)
    finally:
        qapp.removeTranslator(translator)


def test_what_can_go_wrong_on_a_page_is_said_in_the_language_of_the_window(qapp, tmp_path):
    acts = {
        "is not a name": lambda bench: clean_name(" "),
        "has no class yet": lambda bench: training.plan(bench),
        "has learned nothing yet": evaluating.evaluate,
        "nothing to forget": class_changes.forget_all,
        "is missing": lambda bench: open_photo(tmp_path / "gone.jpg"),
    }
    translator = Marked()
    qapp.installTranslator(translator)
    try:
        with OpenProject.create(tmp_path / "a.spa") as bench:
            for words, act in acts.items():
                with pytest.raises(InputError, match=words) as error:
                    act(bench)
                assert error_text(error.value) == f"[{error.value}]"
    finally:
        qapp.removeTranslator(translator)


def test_why_a_photo_is_left_out_is_said_in_the_language_of_the_window(qapp, tmp_path):
    """Where it stands beside the name of the photo, and wherever it was passed on as a text."""
    empty, broken = tmp_path / "empty.jpg", tmp_path / "broken.jpg"
    empty.touch()
    broken.write_bytes(b"\xff\xd8\xff no photo")
    translator = Marked()
    qapp.installTranslator(translator)
    try:
        for path, why in ((empty, "is empty (0 bytes)"), (broken, "is not a photo that can be read, whatever")):
            with pytest.raises(InputError) as error:
                open_photo(path)
            assert error_text(error.value).startswith(f"[{path} {why}")
            assert why_skipped(Skipped(path, str(error.value))).startswith(f"[[it] {why}")
            message = JobEvent("", 0, None, None, message=FilledText.of("No estimate: {reason}", reason=error.value))
            assert shown_event(message).message == f"[No estimate: [{error.value}]]"
        twin = Skipped(path, FilledText.of(SAME_PHOTO, name="{path}.jpg"))
        assert why_skipped(twin) == "[it is the same photo as {path}.jpg]"
        assert why_skipped(twin, name="another one") == "[it is the same photo as another one]"
    finally:
        qapp.removeTranslator(translator)


def test_why_photos_are_not_added_is_said_in_the_language_of_the_window(qapp, tmp_path):
    empty = tmp_path / "red" / "empty.jpg"
    empty.parent.mkdir()
    empty.touch()
    translator = Marked()
    qapp.installTranslator(translator)
    try:
        with Project.create(tmp_path / "a.spa") as project:
            found = find_copies(project, find_classes([empty.parent]), Job())
            reason = found.classes[0].reason
        assert why_skipped(Skipped(empty, reason)) == "[[it] is empty (0 bytes): remove it or copy it again]"
    finally:
        qapp.removeTranslator(translator)


def test_what_a_service_answers_is_said_in_the_language_of_the_window(qapp, monkeypatch):
    monkeypatch.setenv("SPA_DESKTOP_OPENAI_KEY", KEY)
    error = ServiceError("unreachable", "{host} cannot be reached ({reason})", host="a.org", reason=f"key {KEY}")
    translator = Marked()
    qapp.installTranslator(translator)
    try:
        assert error_text(error).startswith("[a.org cannot be reached ([key ")
        assert KEY not in error_text(error) + str(error.fields)
        passed_on = InputError(FilledText.of("{name}: {reason}", name="red", reason=error))
        assert error_text(passed_on) == f"[red: {error_text(error)}]"
    finally:
        qapp.removeTranslator(translator)


def test_a_file_of_another_form_is_said_in_the_language_of_the_window(qapp, tmp_path, monkeypatch):
    manifest, boxes = tmp_path / "a.csv", tmp_path / "a.json"
    manifest.write_text("path,label,split\na.jpg,red,other\n")
    boxes.write_text("[]")
    monkeypatch.setattr("spa_desktop.project.box_files._MOST_BYTES", 1)
    acts = {
        f"[{manifest}, line 2: [the split is 'other': write train or test, or nothing]]": lambda: read_manifest(
            manifest
        ),
        f"[{boxes} cannot be read: [it is larger than 0 kB]]": partial(read_boxes, boxes, [], [tmp_path], Job()),
    }
    translator = Marked()
    qapp.installTranslator(translator)
    try:
        for said, act in acts.items():
            with pytest.raises(InputError) as error:
                act()
            assert error_text(error.value) == said
            assert str(error.value) == said.replace("[", "").replace("]", "")
    finally:
        qapp.removeTranslator(translator)


def test_a_field_that_is_a_text_with_fields_is_translated_before_it_is_filled_in():
    field = FilledText.of("larger than {size}", size="1 kB")
    text = FilledText.of("{kind}, {reason}", kind=field, reason=field)
    assert say(text, lambda text: text.replace("larger than", "über")) == "über 1 kB, über 1 kB"
    assert say(text, {"larger than {size}": "über {size}", "{kind}, {reason}": "{reason}"}.__getitem__) == "über 1 kB"


def test_what_is_raised_below_the_window_can_be_translated():
    """A text that is filled in where it is raised, or that lupdate does not see, would stay English in silence."""
    root, english = Path(spa_desktop.__file__).parent, list[str]()
    for path in (root / "plain_files.py", *(path for name in LAYERS for path in (root / name).rglob("*.py"))):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(ast.Name("SpaError" | "InputError"), [ast.Constant() | ast.JoinedStr() as text, *_]):
                    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
                    words = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
                    english.append(f"{path.relative_to(root).as_posix()}: {words}")
    assert [text for text in english if not text.startswith(NOT_OF_THE_WINDOW)] == []


def test_names_and_sentences_stand_with_the_marks_of_the_language(qapp, monkeypatch):
    monkeypatch.setattr(Marked, "translate", lambda self, context, text, *_: {", ": "、", ". ": "。"}.get(text, ""))
    translator = Marked()
    qapp.installTranslator(translator)
    try:
        assert words.some_names(["crab", "starfish"]) == "crab、starfish"
        assert words.sentences(["Done", "None failed"]) == "Done。None failed"
    finally:
        qapp.removeTranslator(translator)


def test_every_call_of_translate_has_a_name_that_is_collected():
    """lupdate knows `tr` and `translate`; a text behind another name would stay English in silence."""
    other = re.compile(r"\b(?!translate\b)\w+ = QCoreApplication\.translate$", re.MULTILINE)
    for file in Path(spa_desktop.ui.__file__).parent.rglob("*.py"):
        assert not other.search(file.read_text(encoding="utf-8")), file
