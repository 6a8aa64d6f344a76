"""Names for groups: the noun that stands out, the kinds above it where it is unsure, none that photos do not show."""

import numpy as np
import pytest
import torch

from spa_desktop.descriptions.wordnet import ancestors, name_of
from spa_desktop.discover.names import MOST, Namer, names_apart, nouns
from tests.workbench.tiny import TinyEncoder

PLACE = {name_of(noun): at for at, noun in reversed([*enumerate(nouns())])}


def heights(**stand_out):
    """Noise, and nouns that stand out of it by so many spreads; `_` stands for a blank."""
    found = np.random.RandomState(0).randn(len(nouns())).astype(np.float32)
    for name, spreads in stand_out.items():
        found[PLACE[name.replace("_", " ")]] = spreads
    return found


def best_names(found, given=(), shown=1.0):
    return names_apart([(found, np.full(len(nouns()), shown, np.float32))], given)[0]


def said(*args, **more):
    return [name.name for name in best_names(*args, **more)]


def test_the_noun_that_stands_out_is_named_first():
    names = best_names(heights(goldfish=12))
    assert names[0].name == "goldfish"
    assert names[0].share > 0.5
    assert len(names) <= MOST


def test_where_several_of_a_kind_stand_out_their_kind_is_named_and_surer():
    dogs = [noun for noun in nouns() if "terrier" in name_of(noun) and "dog" in map(name_of, ancestors(noun))]
    found = heights()
    found[[nouns().index(noun) for noun in dogs]] = 8
    names = {name.name: name.share for name in best_names(found)}
    assert {"terrier", "dog"} & set(names)
    assert max(names.values()) > 0.5
    assert not {name_of(noun) for noun in dogs if name_of(noun) != "terrier"} & set(names)


def test_what_is_known_or_named_already_is_not_proposed_once_more():
    assert "goldfish" not in said(heights(goldfish=12), given=["Gold fish"])


@pytest.mark.parametrize(("alike", "is_named"), [(3, True), (4, False)])
def test_what_many_groups_would_be_called_names_none_of_them(alike, is_named):
    """No runner-up takes its place: of what is next the tower is not sure."""
    groups = [heights(goldfish=12)] * alike + [heights(teapot=12)]
    *fish, teapot = names_apart([(found, np.ones(len(nouns()), np.float32)) for found in groups])
    assert all([name.name for name in names][:1] == ["goldfish"] * is_named for names in fish)
    assert teapot[0].name == "teapot"


def test_what_the_photos_themselves_do_not_show_is_no_name():
    assert said(heights(goldfish=12), shown=0.2) == []


def test_a_name_of_two_meanings_is_proposed_once():
    both = [at for at, noun in enumerate(nouns()) if name_of(noun) == "crane"]
    assert len(both) == 2
    found = heights()
    found[both] = 12
    assert said(found).count("crane") == 1


@pytest.mark.parametrize("groups", [0, 1, 2])
def test_groups_of_a_backbone_without_everyday_photos(groups, monkeypatch, tmp_path):
    """They are seen from all groups: a single one is seen from itself, and has no name."""
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path))
    random = torch.Generator().manual_seed(0)
    encoder = TinyEncoder()
    pooled = (torch.rand(4, 3, encoder.pooled_width, generator=random) for _ in range(groups))
    found = names_apart(Namer(encoder).evidence_of(pooled))
    assert len(found) == groups
    assert groups != 1 or found == [()]
