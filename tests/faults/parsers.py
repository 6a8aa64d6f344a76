"""What parses bytes of services and of strangers' files: it answers, or refuses in one line."""

import tempfile
from pathlib import Path

from spa_desktop.descriptions.model import TokenUse
from spa_desktop.descriptions.quality import LONGEST_SENTENCE, one_line
from spa_desktop.errors import SpaError


def _shown(line: str) -> None:
    assert line.isprintable(), line[:300]
    assert len(line) < 1000, len(line)


def _is_sound(text: str) -> bool:
    """Whether a line can be shown and stored."""
    return text == one_line(text) and len(text) <= LONGEST_SENTENCE and text.encode() is not None


def read_service_answer(content: bytes) -> None:
    from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
    from spa_desktop.descriptions.openai.service import NotSpoken, ServiceError, WriterOptions, quote, read_reply

    try:
        reply = read_reply(content)
    except NotSpoken as error:
        _shown(quote(str(error)))
        return
    assert reply.tokens is None or TokenUse.counted(reply.tokens.input, reply.tokens.output) == reply.tokens
    try:
        writer = OpenAIWriter(lambda text: len(text.split()) < 40, WriterOptions())
        phrases, sentence, notes = writer._judge("raccoon", reply)
    except ServiceError as error:
        _shown(str(error))
        return
    assert 4 <= len(phrases) <= 8
    assert len(notes) <= 200
    assert all(_is_sound(text) for text in (*phrases, sentence))


_SUFFIXES = (".json", ".csv", ".tsv", ".txt")


def read_description_file(content: bytes) -> None:
    from spa_desktop.descriptions.file_writer import FileWriter
    from spa_desktop.descriptions.model import DescriptionRequest
    from spa_desktop.jobs import Job

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"cat{_SUFFIXES[content[0] % 4] if content else '.txt'}")
        path.write_bytes(content[1:])
        try:
            writer = FileWriter(path, lambda text: len(text.split()) < 40)
            found = writer.write(DescriptionRequest("cat", (), {"dog": ()}), Job())
        except SpaError as error:
            _shown(str(error))
            return
    assert 1 <= len(found.phrases) <= 8
    assert all(map(_is_sound, (*found.texts, found.sentence)))


def read_consents(content: bytes) -> None:
    from spa_desktop.descriptions.consent import ProjectFile, agreed_contents, consent_path

    path = consent_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)
    assert agreed_contents(ProjectFile("", "/a.spa", 1, 1), "https://api.openai.com/v1") is None
