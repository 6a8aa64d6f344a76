"""Zero-shot accuracy of a backbone on folders of test photos: ``python -m benchmarks.zero_shot FOLDER...``.

Each folder has ``test/CLASS/*.jpg``. A photo is given to the class whose text is nearest to its global feature, as it
is and mirrored. Nothing is learned, and nothing of the backbone was chosen on these photos.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch
from open_clip import OPENAI_IMAGENET_TEMPLATES
from torch.nn.functional import normalize

from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.photo_stream import encode_files

TEMPLATES: dict[str, list[Callable[[str], str]]] = {
    "name": [lambda name: name],
    "a photo of a {name}.": [lambda name: f"a photo of a {name}."],
    "80 templates, mean": list(OPENAI_IMAGENET_TEMPLATES),
}


def zero_shot(encoder: ClipEncoder, folder: Path) -> tuple[dict[str, float], int, int]:
    """Per cent right by template, number of classes, number of photos."""
    classes = sorted(path.name for path in (folder / "test").iterdir() if path.is_dir())
    files = [(file, label) for label, name in enumerate(classes) for file in sorted((folder / "test" / name).iterdir())]
    photos, labels = [], []
    for photo in encode_files(encoder, [file for file, _ in files], views=2):
        if photo.error is None:
            photos.append(encoder.project(photo.pooled).mean(dim=0))
            labels.append(files[photo.index][1])
    features, truth = normalize(torch.stack(photos), dim=1), torch.tensor(labels)
    names = [name.replace("_", " ").replace("-", " ").lower() for name in classes]
    results = {}
    for title, templates in TEMPLATES.items():
        texts = torch.stack([encoder.encode_texts([one(name) for one in templates]).sentence.mean(0) for name in names])
        hits = (features @ normalize(texts, dim=1).T).argmax(dim=1) == truth
        results[title] = 100 * float(hits.float().mean())
    return results, len(classes), len(labels)


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.zero_shot", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--backbone", default="spa-lite")
    arguments = parser.parse_args()
    encoder = load_encoder(arguments.backbone)
    print("| data set | classes | photos | " + " | ".join(TEMPLATES) + " |")
    print("| --- " * (3 + len(TEMPLATES)) + "|")
    for folder in arguments.folders:
        results, classes, photos = zero_shot(encoder, folder)
        print(f"| {folder.name} | {classes} | {photos} | " + " | ".join(f"{x:.1f}" for x in results.values()) + " |")


if __name__ == "__main__":
    main()
