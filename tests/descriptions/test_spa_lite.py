"""The offline writer on the real embedded backbone and real photos."""

from pathlib import Path

import pytest

from spa_desktop.descriptions.model import DescriptionRequest, Exemplar, ExemplarFeatures
from spa_desktop.descriptions.offline_writer import OfflineWriter
from spa_desktop.jobs import Job

CLASSES = ("pizza", "dalmatian", "schooner")


@pytest.mark.slow
@pytest.mark.shared_data
def test_real_photos_get_phrases_that_fit(shared_data: Path) -> None:
    from spa_desktop.encoders.backbones import load_encoder
    from spa_desktop.encoders.photo_stream import encode_files

    encoder = load_encoder("spa-lite", device="cpu")
    exemplars: dict[str, tuple[Exemplar, ...]] = {}
    for name in CLASSES:
        files = sorted((shared_data / "caltech40" / "train" / name).glob("*.jpg"))[:3]
        encoded = [ExemplarFeatures(p.pooled, encoder.project(p.patches)) for p in encode_files(encoder, files)]
        exemplars[name] = tuple(
            Exemplar(file, str(file), lambda features=features: features)
            for file, features in zip(files, encoded, strict=True)
        )
    writer = OfflineWriter(encoder)
    told = {}
    for name in CLASSES:
        others = {other: exemplars[other] for other in CLASSES if other != name}
        told[name] = writer.write(DescriptionRequest(name, exemplars[name], others), Job())
        assert 1 <= len(told[name].phrases) <= 8
        assert all(encoder.fits(text) for text in (told[name].sentence, *told[name].texts))
    assert any("sailing vessel" in text for text in told["schooner"].texts)
    assert any("dog" in text or "spots" in text for text in told["dalmatian"].texts)
    assert any("food" in text or "dough" in text or "cheese" in text or "pie" in text for text in told["pizza"].texts)
    assert "black or brown spots" in told["dalmatian"].sentence
