"""The features of the phrases that ship: ``python -m models.building.phrase_features`` writes them anew."""

from __future__ import annotations

from spa_desktop.descriptions.bank import load_bank, pack_features, shipped_features_file
from spa_desktop.encoders.backbones import load_encoder


def main() -> None:
    """Encode and write."""
    bank, encoder = load_bank(), load_encoder("spa-lite")
    file = shipped_features_file()
    file.write_bytes(pack_features(encoder.encode_texts(bank).sentence, bank, encoder))
    print(f"{file}: {len(bank)} phrases, {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
