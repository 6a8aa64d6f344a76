"""What the offline writer's sources know: meanings, resemblance, colours, words of the bank."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spa_desktop.descriptions.measured import NAMES, lab_of, names_of
from spa_desktop.descriptions.model import Exemplar, ExemplarFeatures
from spa_desktop.descriptions.resemblance import (
    Kind,
    Likeness,
    Resemblance,
    _broad,
    certain_meaning,
    resembled_kinds,
    said_of,
)
from spa_desktop.descriptions.wordnet import ancestors, commonness, name_of, photographed_nouns


def likeness(**shares: float) -> Likeness:
    """The posterior of photos that look like some of ImageNet's nouns, by name."""
    nouns = photographed_nouns()
    by_name = {name_of(noun): noun for noun in nouns}
    below: dict[str, float] = {}
    chance: dict[str, float] = {}
    for noun in nouns:
        for kind in ancestors(noun):
            chance[kind] = chance.get(kind, 0.0) + 1 / len(nouns)
    for name, share in shares.items():
        for kind in ancestors(by_name[name.replace("_", " ")]):
            below[kind] = below.get(kind, 0.0) + share
    return Likeness({kind: Kind(kind, below.get(kind, 0.0), part) for kind, part in chance.items()})


@pytest.mark.parametrize(
    ("name", "looks", "begins"),
    [
        ("dalmatian", {"dalmatian": 0.9}, "large breed"),
        ("kiwi", {"Granny_Smith": 0.4, "lemon": 0.4}, "fuzzy brown egg-shaped fruit"),
        ("schooner", {"schooner": 0.8}, "sailing vessel"),
        ("bass", {"tench": 0.5, "coho": 0.4}, "spiny-finned fishes"),  # no flesh, no singer, no instrument
        ("crab", {"rock_crab": 0.9}, "eyes on short stalks"),
        ("carSide", {"minivan": 0.5, "limousine": 0.4}, "motor vehicle with four wheels"),
    ],
)
def test_photos_decide_between_meanings(name: str, looks: dict[str, float], begins: str) -> None:
    meaning = certain_meaning(name, likeness(**looks))
    assert meaning is not None
    assert said_of(meaning, name)[0].startswith(begins)


@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("pink lady", {"Granny_Smith": 0.7, "lemon": 0.2}),  # a cocktail, says WordNet
        ("dolphin", {"hammerhead": 0.7, "grey_whale": 0.13}),  # a fish or a whale
        ("kaiser", {"Granny_Smith": 0.9}),
        ("zzyzx", {"Granny_Smith": 0.9}),
        # The last noun of a long name is another one, or its look is doubtful.
        ("polka-dot mug", {"vase": 0.9}),  # a vessel as well, but no mug
        ("mug of the red team", {"coffee_mug": 0.9}),  # not the last noun
        ("polka-dot mug", {"coffee_mug": 0.3}),
    ],
)
def test_a_doubtful_meaning_is_none(name: str, looks: dict[str, float]) -> None:
    assert certain_meaning(name, likeness(**looks)) is None


@pytest.mark.parametrize("name", ["polka-dot mug", "my grandmother's coffee mugs", "Mug_of_the_red_mug"])
def test_the_last_noun_of_a_long_name_is_meant_where_photos_look_like_it(name: str) -> None:
    found = certain_meaning(name, likeness(coffee_mug=0.9))
    assert found is not None
    assert "drinking vessel" in said_of(found, name)
    assert certain_meaning(name, None) is None


class ByText:
    """A backbone without a head: each photo lies where its texts do, an axis a noun."""

    name = fingerprint = text_fingerprint = "by text"
    logit_scale = 1.0
    dim = len(photographed_nouns())

    def project(self, pooled: torch.Tensor) -> torch.Tensor:
        return pooled

    def encode_texts(self, texts: tuple[str, ...]) -> object:
        axes = {f"a photo of a {name_of(noun)}.": place for place, noun in enumerate(photographed_nouns())}
        return type("Texts", (), {"sentence": torch.eye(self.dim)[[axes.get(text, 0) for text in texts]]})


def resembles(*photos: dict[str, float], resemblance: Resemblance | None = None, **more: object) -> Likeness:
    """What photos resemble that have these logits beside zeros."""
    row = {name_of(noun): place for place, noun in enumerate(photographed_nouns())}
    exemplars = []
    for number, logits in enumerate(photos):
        pooled = torch.zeros(2, ByText.dim)
        for name, logit in logits.items():
            pooled[:, row[name]] = logit
        found = ExemplarFeatures(pooled, torch.zeros(2, 1, 1))
        exemplars.append(Exemplar(None, str(number), lambda found=found: found))  # type: ignore[arg-type,misc]
    likeness = (resemblance or Resemblance(ByText())).of(exemplars, **more)  # type: ignore[arg-type]
    assert likeness is not None
    return likeness


@pytest.fixture
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path))


def among(kind: str, count: int) -> list[str]:
    """Some nouns of a kind."""
    return [name_of(noun) for noun in photographed_nouns() if kind in map(name_of, ancestors(noun))][:count]


def said(likeness: Likeness, name: str = "zzyzx") -> list[str]:
    return [kind.name for kind in resembled_kinds(likeness, name)]


@pytest.mark.usefixtures("_own_cache")
def test_the_posterior_is_summed_up_the_tree() -> None:
    birds = among("bird", 12)
    found = resembles(*({bird: 10.0 if bird == own else 8.0 for bird in birds} for own in birds[:6]))
    assert "bird" in said(found)
    # No single noun is sure, for each photo looks most like another.
    assert not set(birds) & {kind.name for kind in found.sure(0.6)}
    assert Resemblance(ByText()).of([]) is None  # type: ignore[arg-type]


@pytest.mark.usefixtures("_own_cache")
def test_a_kind_by_resemblance_has_several_nouns_behind_it_and_every_photo() -> None:
    vessels = dict.fromkeys(among("container", 12), 9.0)
    assert "container" in said(resembles(*[vessels] * 3))
    assert said(resembles(*[{"pot": 12.0}] * 3)) == []  # flowers stand in pots, and are no containers
    dogs = dict.fromkeys(among("dog", 12), 9.0)
    assert "dog" in said(resembles(dogs))
    # Half of the photos show something else.
    assert "container" not in said(resembles(*[vessels] * 3, *[dogs] * 3))


@pytest.mark.usefixtures("_own_cache")
def test_what_the_text_tower_puts_first_is_no_other_kind() -> None:
    resemblance = Resemblance(ByText())  # type: ignore[arg-type]

    def first(kind: str) -> object:
        """Heights of the texts of broad kinds, one of them above all others."""
        names = [name_of(one) for one in _broad()]
        return lambda texts: torch.tensor([3.0 if name == kind else 0.0 for name in names])

    vessels = dict.fromkeys(among("container", 12), 9.0)
    assert "container" in said(resembles(*[vessels] * 3, resemblance=resemblance, height=first("container")))
    flowers = resembles(*[vessels] * 3, resemblance=resemblance, height=first("flower"))
    assert said(flowers) == ["flower"]
    assert said(flowers, "hibiscus") == ["flower"]  # a shrub, for WordNet: a plant is enough
    assert said(flowers, "revolver") == []
    # The pots are no reason to doubt that a hibiscus is meant.
    meaning = certain_meaning("hibiscus", replace(flowers, height=None))
    assert meaning is not None
    # No lily, and no tulip: the last noun of a plant's name is often another plant.
    assert certain_meaning("siam tulip", replace(flowers, height=None)) is None


def test_of_two_animals_with_one_name_the_text_decides_or_what_both_are_is_said() -> None:
    def seen(ahead: float) -> Likeness:
        """Photos like fishes to the image tower, that the text tower puts so many spreads nearer to whales."""
        photos = likeness(hammerhead=0.5, grey_whale=0.4)
        return replace(photos, height=lambda texts: [ahead if "whales" in text else 0.0 for text in texts])

    meaning = certain_meaning("dolphin", seen(2.5))
    assert meaning is not None
    assert said_of(meaning, "dolphin")[0] == "small toothed whales with a beaklike snout"
    assert certain_meaning("dolphin", seen(1.5)) is None
    assert said(seen(1.5), "dolphin") == ["animal"]
    lobsters = likeness(American_lobster=0.5, crayfish=0.4)
    assert certain_meaning("crayfish", lobsters) is None
    assert said(lobsters, "crayfish") == ["decapod crustacean", "animal"]


def test_a_part_of_a_name_is_meant_where_it_ends_the_name_or_the_photos_look_like_that_very_thing() -> None:
    crabs, cakes = likeness(rock_crab=0.9), likeness(meat_loaf=0.4, trifle=0.3)
    assert certain_meaning("crab cakes", crabs).sense.noun == "crab"  # type: ignore[union-attr]
    assert certain_meaning("crab cakes", cakes) is None
    assert certain_meaning("Maine coon", likeness(tabby=0.5, Egyptian_cat=0.4)) is None  # no raccoon
    assert certain_meaning("american bulldog", likeness(French_bulldog=0.6, pug=0.3)) is not None


def test_a_word_of_another_language_means_nothing_that_its_photos_do_not_show() -> None:
    """Hut is a hat in German, and Tasse a cup; "tasset" is armour to WordNet."""
    hats = likeness(hammerhead=0.1)  # like nothing for sure
    for name, height, is_meant in (
        ("hut", 0.2, False), ("hut", 1.5, True), ("tasse", -0.5, False), ("parkinglot", -0.5, True)
    ):  # fmt: skip
        photos = replace(hats, height=lambda texts, height=height: [height] * len(texts))
        assert (certain_meaning(name, photos) is not None) == is_meant, name
    assert certain_meaning("yard", likeness()) is None  # a measure is nothing to be seen


def test_meanings_of_one_kind_are_told_apart_by_the_name_or_by_the_photos() -> None:
    finches = likeness(goldfinch=1.0)  # the European one, among ImageNet's nouns
    for name, synset in (("american goldfinch", "n01532325"), ("european goldfinch", "n01531178")):
        meaning = certain_meaning(name, finches)
        assert meaning is not None
        assert meaning.sense.synset == synset
    assert commonness("goldfinch", "n01532325") == commonness("goldfinch", "n01531178") == 0.5
    red, yellow = (
        replace(
            likeness(brambling=1.0), height=lambda texts, word=word: [3.0 if word in text else 0.0 for text in texts]
        )
        for word in ("crimson", "yellow body")
    )
    assert [certain_meaning("goldfinch", one).sense.synset for one in (red, yellow)] == ["n01531178", "n01532325"]  # type: ignore[union-attr]
    assert certain_meaning("goldfinch", red).certainty < 0.95  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((250, 250, 250), "white"), ((10, 10, 10), "black"), ((128, 128, 128), "grey"), ((200, 20, 30), "red"),
        ((240, 130, 20), "orange"), ((245, 220, 30), "yellow"), ((40, 140, 50), "green"), ((30, 70, 190), "blue"),
        ((110, 40, 140), "purple"), ((240, 150, 180), "pink"), ((110, 70, 35), "brown"),
    ],
)  # fmt: skip
def test_plain_colours_have_their_names(rgb: tuple[int, int, int], name: str) -> None:
    assert NAMES[int(names_of(lab_of(np.array([[rgb]], np.uint8)))[0, 0])] == name
