"""Write the tables of WordNet's tree: ``python -m models.building.wordnet_tables DICT``.

DICT is the folder ``dict`` of WordNet 3.0 (``data.noun``, ``index.sense``), as Princeton University gives it out and
the npm package ``WNdb`` 3.0.0 repeats it. timm has names and glosses of ImageNet's 21 844 nouns; these tables add what
it lacks: which noun is a kind of which, how common each meaning of a word is, and the names and
glosses of animals, artifacts, foods, natural objects, places and plants that ImageNet has no photos of.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from spa_desktop.descriptions.wordnet import OTHERS, PARENTS, SENSES, photographed_lemmas, words
from spa_desktop.paths import resources_dir

# Lexicographers' files: animal, artifact, food, location, object, plant.
_VISIBLE = ("05", "06", "13", "15", "17", "20")
_KIND_OF = ("@", "@i")  # hypernym, instance hypernym


def others_of(data: Path, known: Collection[str]) -> dict[str, tuple[str, str]]:
    """Names and gloss of visible things that are not among `known`; without proper nouns, by synset."""
    found = {}
    for line in data.read_text(encoding="latin-1").splitlines():
        if line.startswith(" "):
            continue
        head, gloss = line.split("|", 1)
        fields = head.split()
        names = [name.replace("_", " ") for name in fields[4 : 4 + 2 * int(fields[3], 16) : 2]]
        synset = f"n{fields[0]}"
        if fields[1] in _VISIBLE and synset not in known and names[0].islower() and "genus" not in names[0]:
            found[synset] = (", ".join(names), gloss.strip().encode("ascii", "ignore").decode())
    return found


def parents_of(data: Path) -> dict[str, tuple[str, list[str]]]:
    """Synset -> its first name, and the synsets that it is a kind of."""
    found = {}
    for line in data.read_text(encoding="latin-1").splitlines():
        if line.startswith(" "):
            continue
        fields = line.split("|", 1)[0].split()
        names = int(fields[3], 16)
        start = 4 + 2 * names
        pointers = [fields[start + 1 + 4 * i : start + 5 + 4 * i] for i in range(int(fields[start]))]
        above = [f"n{target}" for kind, target, _, _ in pointers if kind in _KIND_OF]
        found[f"n{fields[0]}"] = (fields[4].replace("_", " "), above)
    return found


def senses_of(index: Path) -> dict[str, list[tuple[str, int]]]:
    """Noun in lower case -> its meanings, commonest first, each with how often it was met in tagged texts."""
    found: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for line in index.read_text(encoding="latin-1").splitlines():
        key, offset, number, count = line.split()
        lemma, rest = key.split("%", 1)
        if rest.startswith("1:"):
            found[" ".join(words(lemma.replace("_", " ")))][f"n{offset}"] = (int(number), int(count))
    return {
        lemma: [(synset, count) for synset, (_, count) in sorted(several.items(), key=lambda item: item[1][0])]
        for lemma, several in found.items()
    }


def main() -> None:
    """Write the tables into the resources."""
    parser = argparse.ArgumentParser(prog="python -m models.building.wordnet_tables", description=__doc__)
    parser.add_argument("dict", type=Path)
    folder = parser.parse_args().dict
    tree, senses, known = parents_of(folder / "data.noun"), senses_of(folder / "index.sense"), photographed_lemmas()
    others = others_of(folder / "data.noun", known)
    lemmas = {**known, **{synset: names for synset, (names, _) in others.items()}}
    wanted, todo = set(), list(lemmas)
    while todo:
        synset = todo.pop()
        if synset not in wanted:
            wanted.add(synset)
            todo += tree[synset][1]
    out = resources_dir() / "wordnet"
    out.mkdir(exist_ok=True)
    # The name is left out where another table has it.
    lines = [
        "\t".join([synset, " ".join(tree[synset][1]), "" if synset in lemmas else tree[synset][0]]).rstrip("\t")
        for synset in sorted(wanted)
    ]
    (out / PARENTS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (out / OTHERS).write_text(
        "".join(f"{synset}\t{names}\t{gloss}\n" for synset, (names, gloss) in sorted(others.items())), encoding="utf-8"
    )
    nouns = {" ".join(words(lemma)) for several in lemmas.values() for lemma in several.split(",")}
    lines = []
    for noun in sorted(nouns):
        several = senses.get(noun, [])
        if len(several) > 1:
            lines.append(f"{noun}\t" + " ".join(f"{synset}:{count}" for synset, count in several))
    (out / SENSES).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
