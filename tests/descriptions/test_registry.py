from pathlib import Path

import pytest

from spa_desktop.descriptions.registry import writer_for
from spa_desktop.errors import InputError


def test_a_name_or_a_path_gives_a_writer(encoder, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "a.json").write_text('{"cat": ["long tail"]}')
    (tmp_path / "cat.txt").write_text("a.jpg\tlong tail\n")
    assert [writer_for(name, encoder).name for name in ("openai", " Offline")] == ["openai", "offline"]
    for place in (tmp_path / "a.json", tmp_path):
        writer = writer_for(str(place), encoder)
        assert (writer.name, writer.destination, writer.is_cached) == ("file", None, False)


@pytest.mark.parametrize(("provider", "said"), [("gemini", "Unknown provider"), ("none.json", "No such file")])
def test_anything_else_is_an_error(encoder, provider: str, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=said):
        writer_for(provider, encoder)
