import json
from pathlib import Path

import pytest

from spa_desktop.descriptions.file_writer import FileWriter
from spa_desktop.descriptions.model import ClassDescription, DescriptionRequest, Writer, WrittenPhrase
from spa_desktop.descriptions.registry import writer_for
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job


def _file(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def _describe(path: Path, name: str = "cat", **others: tuple[()]) -> ClassDescription:
    writer: Writer = FileWriter(path)
    return writer.write(DescriptionRequest(name, (), others), Job())


OURS = {"phrases": ["long tail", "white paws"], "sentence": "a small furry animal"}
PAIRS = {"cat": {"dog": ["round face", "long tail"], "cow": ["Long tail", "small size"]}, "dog": {"cat": ["x y"]}}


@pytest.mark.parametrize("content", [{"classes": {"cat": OURS}}, {"cat": OURS, "dog": ["wet nose"]}])
def test_our_own_json(tmp_path: Path, content: object) -> None:
    description = _describe(_file(tmp_path, "a.json", content))
    assert description.phrases == (WrittenPhrase("long tail", "imported"), WrittenPhrase("white paws", "imported"))
    assert description.sentence == "a small furry animal"
    assert (description.writer, description.model) == ("file", "a.json")


@pytest.mark.parametrize(
    ("name", "content", "class_name", "phrases"),
    [
        ("a.json", {"cat": ["long tail", "white paws"]}, "cat", ("long tail", "white paws")),
        ("a.json", {"classes": ["rows of desks"]}, "classes", ("rows of desks",)),
        # What tells it from most others first.
        ("a.json", PAIRS, "cat", ("long tail", "round face", "small size")),
        ("a.csv", 'class,phrase\ncat,long tail\ncat,"white, soft paws"\n', "cat", ("long tail", "white, soft paws")),
        ("a.csv", 'cat;long tail\r\ncat;"white, soft paws"\r\n', "cat", ("long tail", "white, soft paws")),
        ("a.tsv", "\ufeffClass\tPhrase\ncat\tlong tail\ncat\ta, b c\n", "cat", ("long tail", "a, b c")),
        # What parts the columns stands first.
        ("a.tsv", "bass, fish\tsilver, shiny, long; thin\n", "bass, fish", ("silver, shiny, long; thin",)),
        ("a.csv", '"bass, fish";silver, shiny, long\n', "bass, fish", ("silver, shiny, long",)),
        ("a.csv", '"bass, fish","silver, shiny, long; flat"\n', "bass, fish", ("silver, shiny, long; flat",)),
        # Spellings are matched forgivingly, and of two the exact one counts.
        ("a.json", {"Red Bell-Peppers": ["green stalk"], "cats": ["long tail"]}, "red_bell_pepper", ("green stalk",)),
        ("a.json", {"Cats": ["wrong one"], "cat": ["right one"]}, "cat", ("right one",)),
    ],
)
def test_what_a_file_says(
    tmp_path: Path, name: str, content: object, class_name: str, phrases: tuple[str, ...]
) -> None:
    description = _describe(_file(tmp_path, name, content), class_name, horse=())
    assert description.texts == phrases
    assert description.sentence.startswith("a photo of ")
    assert description.sentence.endswith(", ".join(phrases))


def test_a_folder_of_sentences_without_the_photos_names(tmp_path: Path) -> None:
    long = "The cat in this picture has a very long striped tail, white paws and sits against a red brick wall at noon"
    _file(tmp_path, "d/cat.txt", f"cat_1.jpg\t{long}.\ncat_2.jpg\tgreen slit eyes\n\n")
    _file(tmp_path, "d/dog.txt", "dog_1.jpg\twet black nose\n")
    description = _describe(tmp_path / "d")
    assert description.sentence == long
    assert "green slit eyes" in description.texts
    assert all(len(text.split()) <= 12 and ".jpg" not in text for text in description.texts)
    assert _describe(tmp_path / "d", "Dogs").texts == ("wet black nose",)
    assert _describe(tmp_path / "d" / "cat.txt").texts == description.texts


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", '{"cat": [\n  "tail",\n  oops]}', "line 3 column 3"),
        ("a.json", '["cat"]', "expected {"),
        ("a.json", '{"cat": [1]}', 'class "cat": phrase 1 is not text'),
        ("a.json", '{"cat": 3}', 'class "cat": expected a list'),
        ("a.json", '{"cat": {"dog": 3}}', 'class "cat", "dog": expected a list'),
        ("a.json", '{"cat": {"phrases": ["a b"], "sentence": 3}}', '"sentence" is not text'),
        ("a.json", '{"cat": ["a b"], "cat": ["c d"]}', '"cat" stands there twice'),
        ("a.json", "{}", "describes no class"),
        ("a.csv", "class,phrase\ncat,long tail\ncat\n", "line 3: expected two columns"),
        ("a.csv", 'cat,"long', "line 1: is not a table"),
        ("a.txt", "a.jpg\tlong tail\nlong tail\n", "line 2: expected photo<TAB>sentence"),
        ("a.xml", "<cat/>", "unknown kind"),
    ],
)
def test_a_bad_file_is_one_clear_line(tmp_path: Path, name: str, content: str, said: str) -> None:
    path = _file(tmp_path, name, content)
    with pytest.raises(InputError) as caught:
        FileWriter(path)
    message = str(caught.value)
    assert said in message
    assert str(path) in message
    assert "\n" not in message


def test_a_file_that_is_no_text_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"cat,long tail\ncat,\xff\xfe\n")
    with pytest.raises(InputError, match="line 2: is not UTF-8"):
        FileWriter(tmp_path / "a.csv")


def test_a_name_or_a_path_gives_a_writer(encoder, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert [writer_for(name, encoder).name for name in ("openai", " Offline")] == ["openai", "offline"]
    file = _file(tmp_path, "a.json", {"cat": ["long tail"]})
    for place in (file, _file(tmp_path, "d/cat.txt", "a.jpg\tlong tail\n").parent):
        writer = writer_for(str(place), encoder)
        assert (writer.name, writer.destination, writer.is_cached) == ("file", None, False)
    with pytest.raises(InputError, match="Unknown provider"):
        writer_for("gemini", encoder)


def test_missing_and_empty_places(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        FileWriter(tmp_path / "none.json")
    with pytest.raises(InputError, match=r"has no \.txt files"):
        FileWriter(tmp_path)


def test_a_class_and_its_rival_are_not_mixed_up(tmp_path: Path) -> None:
    path = _file(tmp_path, "a.json", {"CAT": ["long tail"]})
    with pytest.raises(InputError, match='does not describe class "cat"'):
        _describe(path, "cat", cats=())


def test_useless_phrases_are_left_out_and_named(tmp_path: Path) -> None:
    description = _describe(_file(tmp_path, "a.json", {"cat": ["a photo of a cat", "long tail", "", "long tails"]}))
    assert description.texts == ("long tail",)
    assert description.notes == ('"a photo of a cat" says nothing about how it looks', '"long tails" is there twice')
    with pytest.raises(InputError, match='no useful phrase for class "cat": "the cat" says nothing'):
        _describe(_file(tmp_path, "b.json", {"cat": ["the cat"]}))


def test_a_long_list_is_cut_to_eight(tmp_path: Path) -> None:
    description = _describe(_file(tmp_path, "a.json", {"cat": [f"mark of shape {chr(97 + i)}" for i in range(1, 12)]}))
    assert len(description.phrases) == 8
    assert description.notes == ("3 further phrases of the file were left out",)


def test_a_sentence_over_the_context_is_replaced(tmp_path: Path) -> None:
    path = _file(tmp_path, "a.json", {"cat": {"phrases": ["long tail"], "sentence": "furry " * 30}})
    description = FileWriter(path, lambda text: len(text) < 40).write(DescriptionRequest("cat", ()), Job())
    assert description.sentence == "a photo of a cat, long tail"
    assert "longer than the text encoder reads" in description.notes[0]
