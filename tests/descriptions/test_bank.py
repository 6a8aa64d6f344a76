from pathlib import Path

import pytest
import torch

from models.building.phrase_bank import problems
from spa_desktop import paths
from spa_desktop.descriptions.bank import bank_features, load_bank, read_bank
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.errors import SpaError
from spa_desktop.jobs import Cancelled, Job, JobEvent, Stage


def test_the_bank_that_ships_is_sound() -> None:
    bank = load_bank()
    assert problems(read_bank(paths.resources_dir() / "phrases")) == []
    assert len(set(bank)) == len(bank) >= 1500


@pytest.mark.parametrize("content", ["[phrases", "[other]\n", "phrases = 3\n", None])
def test_a_broken_bank_is_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "a.toml").write_text(content)
    with pytest.raises(SpaError, match="install the app again"):
        read_bank(tmp_path)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where features are kept."""
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path))
    return paths.cache_dir() / "phrases"


def test_features_are_computed_once_and_anew_where_they_were_damaged(bank, encoder, folder) -> None:  # type: ignore[no-untyped-def]
    first = bank_features(bank, encoder)
    assert encoder.texts_encoded == len(bank)
    assert torch.equal(first, bank_features(bank, encoder))
    assert encoder.texts_encoded == len(bank)
    (file,) = folder.iterdir()
    assert file.suffix == ".safetensors"
    file.write_bytes(b"damaged")
    assert torch.equal(first, bank_features(bank, encoder))


def test_a_cancelled_job_goes_on_where_it_was_and_says_how_far_it_is(encoder, folder) -> None:  # type: ignore[no-untyped-def]
    events: list[JobEvent] = []
    job, texts = Job(events.append), [f"phrase {number}" for number in range(300)]
    encode = encoder.encode_texts
    encoder.encode_texts = lambda texts: (job.cancel(), encode(texts))[1]
    with pytest.raises(Cancelled):
        bank_features(texts, encoder, job)
    done = encoder.texts_encoded
    assert 0 < done < len(texts)
    encoder.encode_texts, job = encode, Job(events.append)
    job.stage(Stage.DESCRIBE, total=2)
    events.clear()
    bank_features(texts, encoder, job)
    assert encoder.texts_encoded == len(texts)
    assert {(event.stage, event.total) for event in events[:-1]} == {(Stage.ENCODE_TEXTS, len(texts) - done)}
    assert (events[-2].done, events[-1].stage, events[-1].total) == (len(texts) - done, Stage.DESCRIBE, 2)


def test_no_place_for_a_cache_is_no_error(bank, encoder, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "file"))
    assert bank_features(bank, encoder).shape == (len(bank), encoder.dim)


def test_the_features_that_ship_are_of_these_phrases_and_texts(encoder, folder) -> None:  # type: ignore[no-untyped-def]
    bank, lite_encoder = load_bank(), load_encoder("spa-lite", device="cpu")
    shipped = bank_features(bank, lite_encoder)
    assert not folder.exists(), "out of date: run python -m models.building.phrase_features"
    some = range(0, len(bank), 100)
    computed = lite_encoder.encode_texts([bank[index] for index in some]).sentence
    torch.testing.assert_close(shipped[list(some)], computed, atol=1e-3, rtol=0)
    # Another text tower of the same width computes its own.
    bank_features(bank, encoder)
    assert encoder.texts_encoded == len(bank)
