"""From a folder of 200 photos that nobody sorted to a model of ten classes that was tested: under 60 keys and clicks.

Each letter of a name is a key, and the drop is one too.
"""

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt

from spa_desktop.ui.sort.group_rows import GroupRow
from spa_desktop.ui.sort.sort_page import SortPage
from spa_desktop.ui.widgets import forms
from tests.ui.story.conftest import Learned, open_by_drop
from tests.ui.story.person import CTRL, Person
from tests.workbench.tiny import LOOKS, draw_photo, tell_looks_apart

Key = Qt.Key
MOST = 60
_EACH = 20
# What the person calls each look.
WORDS = {"red": "jam", "green": "fir", "blue": "sea", "amber": "bee", "violet": "fig"}
WORDS |= {"teal": "sky", "lime": "pea", "pink": "gum", "navy": "ink", "sand": "fox"}


class Sorter:
    """A person who sorts, and is counted.

    Attributes:
        acts: keys, clicks and drops.
    """

    def __init__(self, person: Person, looks: dict[str, str]) -> None:
        self.person, self._looks, self.acts = person, looks, 0

    @property
    def page(self) -> SortPage:
        page = self.person.page
        assert isinstance(page, SortPage)
        return page

    def press(self, *keys: Key) -> None:
        for key in keys:
            self.acts += 1
            self.person.press(key)
            self.person.rest()

    def type(self, text: str) -> None:
        self.acts += len(text)
        self.person.type(text)

    def sees(self, row: GroupRow) -> Counter[str]:
        """What the photos of a row show."""
        return Counter(self._looks[self.page.work.photos[key].path.name] for key in row.all_of(row.photos))

    def sort(self, words: dict[str, str]) -> None:
        """Go from row to row until each group has a name."""
        while any(one.is_group and not one.name for one in self.page.model.rows):
            row = self.page.view.row
            assert row is not None
            assert not row.name
            seen = self.sees(row)
            kind, most = seen.most_common(1)[0]
            if seen.total() - most > 2:  # two kinds: split them, once both halves were seen
                if self.page.view.is_naming:
                    self.press(Key.Key_Escape)
                self.press(Key.Key_S)
                assert len(self.page.view.row.parts) > 1
                self.press(Key.Key_S)
                continue
            for key in [key for key in row.photos if self._looks[self.page.work.photos[key].path.name] != kind]:
                self.take_out(row, key)
            self.name(words[kind])

    def take_out(self, row: GroupRow, key: str) -> None:
        places = self.page.view.places(row)
        if key not in dict(places.photos):
            assert places.more is not None
            self.click_in_row(places.more)
        self.click_in_row(dict(self.page.view.places(self.page.view.row).photos)[key])
        self.press(Key.Key_X)

    def click_in_row(self, box: QRect) -> None:
        view = self.page.view
        self.acts += 1
        self.person.click(view.viewport(), view.visualRect(view.currentIndex()).topLeft() + box.center())
        self.person.rest()

    def name(self, word: str) -> None:
        offered = [one.text for one in self.page.view.row.suggestions]
        if word in offered and not (self.page.view.is_naming and self.page.view.field.text()):
            self.press(Key(Key.Key_1 + offered.index(word)))
            return
        if not self.page.view.is_naming:
            self.press(Key.Key_Return)
        if self.page.view.field.text() != word:
            self.type(word)
        view, rows = self.page.view, self.page.model.rows
        below = rows[view.currentIndex().row() + 1 :][:1]
        has_next = view.field.isModified() and any(one.is_group and not one.name for one in below)
        self.press(Key.Key_Down if has_next else Key.Key_Return)

    def learn(self) -> None:
        self.acts += 1
        self.person.click(self.page.learn)
        self.person.rest()


@pytest.fixture
def looks(monkeypatch, tmp_path) -> dict[str, str]:
    """What is on each of 200 photos, by the name of its file in `tmp_path / "camera"`."""
    tell_looks_apart(monkeypatch)
    found = {}
    for number, look in enumerate(look for _ in range(_EACH) for look in LOOKS):
        file = draw_photo(tmp_path / "camera" / f"IMG_{number:04}.png", look, number // len(LOOKS))
        found[file.name] = look
    return found


def test_from_nothing(sit, looks, tmp_path):
    """Nothing on the disk moves."""
    folder = tmp_path / "camera"
    before = sorted((file.name, file.stat().st_mtime_ns) for file in folder.iterdir())
    person = sit()
    sorter = Sorter(person, looks)
    sorter.acts += 1
    assert person.drop(person.window.start, [folder])
    person.wait(lambda: person.context.contents is not None and person.page.name == "sort")
    assert person.message == "Photos that look alike are put together, and you name them."
    person.rest()
    sorter.sort(WORDS)
    sorter.learn()
    contents = person.context.contents
    assert {one.name for one in contents.classes} == set(WORDS.values())
    assert all(one.state == "trained" for one in contents.classes)
    assert "Learned 10 classes" in person.message
    assert_tested(person)
    assert sorter.acts < MOST
    sort_others(person, draw_photo(tmp_path / "others" / "a.png", "red", 90).parent)
    assert (tmp_path / "others sorted" / "jam" / "a.png").is_file()
    assert person.go_to("train").past.outcome.headline.text().endswith(" and 6 more"), "two lines at most"
    assert sorted((file.name, file.stat().st_mtime_ns) for file in folder.iterdir()) == before


def test_by_keys_alone(sit, tmp_path, monkeypatch):
    """A name with the keys that give it is one act: there are as many as classes, and six."""
    tell_looks_apart(monkeypatch)
    words = {look: WORDS[look] for look in ("red", "green", "blue")}
    found = {}
    for seed in range(12):
        for number, look in enumerate(words):
            file = draw_photo(tmp_path / "camera" / f"{seed}{number}.png", look, seed)
            found[file.name] = look
    others = draw_photo(tmp_path / "others" / "a.png", "red", 90).parent
    monkeypatch.setattr(forms, "choose_folders", lambda *_, **__: acts.append("folder") or [tmp_path / "camera"])
    monkeypatch.setattr(forms, "choose_folder", lambda *_, **__: acts.append("folder") or others)
    person, acts = sit(), list[str]()
    monkeypatch.setattr(person.qtbot, "mouseClick", None)

    def act(key: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        acts.append(key.name)
        person.press(key, modifier)
        person.rest()

    act(Key.Key_Return)
    person.wait(lambda: person.context.contents is not None and person.page.name == "sort")
    person.rest()
    page = person.page
    for left in reversed(range(len(words))):
        look = Counter(found[page.work.photos[key].path.name] for key in page.view.row.photos).most_common(1)[0][0]
        if not page.view.is_naming:
            person.press(Key.Key_Return)
        person.type(words[look])
        act(Key.Key_Down) if left else act(Key.Key_Return, CTRL)
    person.wait(lambda: "Learned 3 classes" in person.message)
    act(Key.Key_O, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert person.page.name == "use"
    person.wait(lambda: person.page.sort.isVisible() and person.page.sort.isEnabled())
    act(Key.Key_Return, CTRL)
    person.wait(lambda: person.page.output.sheet.go.isEnabled())
    act(Key.Key_Return, CTRL)
    assert (tmp_path / "others sorted" / "jam" / "a.png").is_file()
    assert len(acts) <= len(words) + 6, acts


def sort_others(person: Person, folder: Path) -> None:
    """Once photos were learned, have others in folders by four acts: to the page Use, a drop, twice the next step."""
    person.press(Key.Key_8, CTRL)  # the next step is to see the mistakes, where there are some
    assert person.drop(person.page, [folder])
    person.rest()
    person.press(Key.Key_Return, CTRL)
    person.wait(person.page.output.sheet.go.isEnabled)
    person.press(Key.Key_Return, CTRL)
    person.rest()


def test_beside_known_classes(sit, learned: Learned, looks, tmp_path):
    """Red, green and blue are known: their photos are new ones of these classes, and seven classes come beside them."""
    person = open_by_drop(sit(), learned)
    sorter = Sorter(person, looks)
    sorter.acts += 1
    person.go_to("train")  # anywhere in the window
    sorter.acts += 1
    assert person.drop(person.page, [tmp_path / "camera" / name for name in list(looks)[:100]])
    person.wait(lambda: person.page.name == "sort")
    person.rest()
    before = {one.name: person.context.contents.counts[one.id].train for one in person.context.contents.classes}
    sorter.sort(WORDS | {look: look for look in before})
    sorter.learn()
    contents = person.context.contents
    counts = {one.name: contents.counts[one.id].train for one in contents.classes}
    assert len(counts) == 10
    assert all(counts[name] > number for name, number in before.items())
    assert all(one.state == "trained" for one in contents.classes)
    assert_tested(person)
    assert sorter.acts < MOST


def test_class_folders_go_to_classes_also_while_others_are_sorted(sit, looks, tmp_path):
    person, some = sit(), [tmp_path / "camera" / name for name in list(looks)[:60]]
    assert person.drop(person.window.start, some)
    person.wait(lambda: person.context.contents is not None and person.page.name == "sort")
    person.rest()
    sorting = person.page
    before = [one.photos for one in sorting.model.rows]
    for look in ("red", "green"):
        draw_photo(tmp_path / "known" / look / "a.png", look, 90)
        draw_photo(tmp_path / "more" / f"{look}.png", look, 91)
    assert person.drop(person.page, [tmp_path / "known" / "red", tmp_path / "known" / "green"])
    person.wait(lambda: person.page.name == "classes" and person.page.adding.sheet is not None)
    person.rest()
    assert {row.name for row in person.page.adding.sheet.model.rows} == {"red", "green"}
    person.page.adding.sheet.reject()
    person.go_to("sort")
    person.rest()
    assert [one.photos for one in sorting.model.rows] == before
    assert person.drop(person.page, [tmp_path / "more"])
    person.wait(lambda: len(sorting.work.photos) == len(some) + 2)
    assert person.page is sorting
    person.rest()


def test_a_message_offers_no_undo_of_what_was_done_on_another_page_since(person: Person, looks, tmp_path):
    use = person.go_to("use")
    assert person.drop(use, [tmp_path / "camera" / "IMG_0005.png"])
    person.wait(lambda: use.model.all_photos and not use.work.is_running)
    person.click_row(use.grid, 0)
    person.press(Key.Key_0)
    person.wait(lambda: person.message.endswith(": none of these"))
    sorting = person.go_to("sort")
    assert person.drop(sorting, [tmp_path / "camera" / f"IMG_{number:04}.png" for number in range(6, 60)])
    person.rest()
    person.focus(sorting.view)
    person.press(Key.Key_Delete)
    person.wait(lambda: person.message.endswith(" set aside."))
    person.go_to("use")
    assert person.message == ""
    person.press(Key.Key_Z, CTRL)
    person.press(Key.Key_Z, CTRL)
    person.rest()
    assert (sorting.work.pile.aside, use.model.said) == ((), {})
    person.go_to("sort")
    assert person.message == ""


def assert_tested(person: Person) -> None:
    """Each class has test photos, and how many are answered right is known."""
    contents = person.context.contents
    assert all(one.test for one in contents.counts.values())
    document = contents.evaluations[-1].document
    assert set(document["classes"]) == {str(one.id) for one in contents.classes}
