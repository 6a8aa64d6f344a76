"""What is said of each ImageNet class: names and templates from open_clip, lemmas and glosses of WordNet from timm."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from open_clip import IMAGENET_CLASSNAMES, OPENAI_IMAGENET_TEMPLATES

# Enough of open_clip's 80 templates for the projection to learn that their words say nothing of the class.
_TEMPLATES = (1, 5, 20, 40, 60)


@dataclass(frozen=True)
class ClassText:
    """A text about a class. `kind` says how it was made; each kind weighs the same for each class."""

    label: int
    kind: str
    text: str


def class_texts(class_count: int = 1000) -> list[ClassText]:
    """All texts of the first `class_count` classes of ImageNet-1k."""
    synsets = _lines("imagenet_synsets.txt")
    lemmas = dict(line.split("\t", 1) for line in _lines("imagenet_synset_to_lemma.txt"))
    glosses = dict(line.split("\t", 1) for line in _lines("imagenet_synset_to_definition.txt"))
    texts: list[ClassText] = []
    for label, synset in enumerate(synsets[:class_count]):
        name, lemma, gloss = IMAGENET_CLASSNAMES[label], lemmas[synset], glosses[synset]
        single = [part.strip() for part in lemma.split(",")]
        parts = [part.strip() for part in gloss.split(";")]
        said = {
            "name": [name],
            "photo of name": [f"a photo of a {name}."],
            "name, gloss": [f"{name}, {gloss}"],
            "gloss": [gloss],
            "lemmas": [lemma],
            "lemmas: gloss": [f"{lemma}: {gloss}"],
            "lemma": single,
            "photo of lemma": [f"a photo of a {part}." for part in single],
            "template": [OPENAI_IMAGENET_TEMPLATES[index](name) for index in _TEMPLATES],
            "part of gloss": parts if len(parts) > 1 else [],
        }
        texts += [ClassText(label, kind, text) for kind, several in said.items() for text in several]
    return texts


def _lines(file: str) -> list[str]:
    text = (resources.files("timm") / "data" / "_info" / file).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line]
