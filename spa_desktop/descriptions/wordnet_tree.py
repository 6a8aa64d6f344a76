"""WordNet's tree of nouns: what is a kind of what, and how common each meaning of a word is.

The tables are cut from WordNet 3.0 (``models/building/wordnet_tables.py``); names and glosses are timm's.
"""

from __future__ import annotations

from functools import cache

from spa_desktop import paths
from spa_desktop.descriptions.wordnet import lemmas_of_all
from spa_desktop.errors import SpaError

PARENTS, SENSES, PARTS = "parents.tsv", "senses.tsv", "parts.tsv"

# Kinds that say nothing of what a thing looks like, and those that few people would call a thing by.
_ABSTRACT = """
entity, physical entity, abstraction, abstract entity, object, whole, artifact, instrumentality, matter, substance,
solid, food, living thing, organism, chordate, vertebrate, placental, causal agent, thing, device, covering, structure,
implement, equipment, instrument, conveyance, craft, way, article, commodity, consumer goods, creation, product,
natural object, plant part, plant organ, reproductive structure, psychological feature, nutriment, foodstuff,
group, group action, attribute, relation, communication, measure, part, location, region, unit, phenomenon, process,
mechanism, mechanical device, system, assembly, establishment, mercantile establishment, place of business, facility,
protective covering, furnishing, game equipment, geological formation, natural elevation, surface, obstruction,
diapsid, anapsid, chelonian, aquatic vertebrate, self-propelled vehicle, wheeled vehicle, vascular plant, tracheophyte,
woody plant, spermatophyte, angiosperm, gymnosperm, domestic animal, hunting dog, working dog, toy dog, area, room,
line, fabric, medium, electronic equipment, machine, motor vehicle, heavier-than-air craft, physical condition,
biological group, taxonomic group, event, act, activity, position, point, construction, sheet, strip, restraint,
support, supporting structure, durables, consumer durables, fluid, liquid, vegetation, collection, public transport,
carnivore, ungulate, percoid fish, teleost fish, spiny-finned fish, soft-finned fish, bony fish, cartilaginous fish,
elasmobranch, malacopterygian, acanthopterygian, metazoan, invertebrate, arthropod, ruminant, bovid, equine, musteline
mammal, procyonid, measuring instrument, weaponry, instrument of execution, bodily structure, external body part,
acarine, passeriform bird, oscine, coraciiform bird, piciform bird, gallinaceous bird, apodiform bird, crocodilian
reptile, course, indefinite quantity, definite quantity, land, geographical area, tract, visual communication, signal,
worker, adult, leader, entertainer, percussion instrument, free-reed instrument, pome, drupe, solanaceous vegetable,
cruciferous vegetable, baggage, means, strategy, topographic point, sphere, hole, body of water, ingredient, flavorer,
natural depression, person, individual, pinnate, housing, dwelling, floor cover, piece of cloth, piece, case, body part,
edge tool, cutter, cutting implement, aid, signaling device, electrical device, optical device, optical instrument,
electronic device, elongation, garden truck, produce, starches, leguminous plant, legume, herb, plantation, barrier,
nutrition, even-toed ungulate, odd-toed ungulate, canopy, shelter, pachyderm, basidiomycete, basketball equipment, proboscidean, metatherian, eutherian, brass, compartment, baleen, sphenisciform seabird, digitigrade
mammal, odontocete, cetacean, aquatic mammal, anthozoan, coelenterate, gastropod, chelicerate, canine, feline, meter,
mental object, figure, shape, representation, art, form, display, opening, closure, fastener, reproduction, holding
device, source of illumination, lighting, framework, plant material, material, building material, consumable, natural
enclosure, upright, magnitude, amount, dimension, plate, bar, rod, tool, layer, open sesame, wooden, outlet, ledge, geographic point, port
"""
_UNSAID = frozenset(" ".join(_ABSTRACT.split()).split(", "))


@cache
def _rows() -> dict[str, tuple[tuple[str, ...], str]]:
    rows = {}
    for line in _lines(PARENTS):
        synset, above, name = (line + "\t\t").split("\t")[:3]
        rows[synset] = (tuple(above.split()), name)
    return rows


def _lines(name: str) -> list[str]:
    file = paths.resources_dir() / "wordnet" / name
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SpaError(f"{file} cannot be read ({error}): install the app again") from error


@cache
def ancestors(synset: str) -> tuple[str, ...]:
    """The kinds that a noun belongs to, itself first, then nearer before farther; unknown nouns belong to none.

    Raises:
        SpaError: if the table is missing.
    """
    found: dict[str, None] = {}
    layer = [synset] if synset in _rows() else []
    while layer:
        found.update(dict.fromkeys(layer))
        layer = [above for one in layer for above in _rows()[one][0] if above not in found]
    return tuple(found)


@cache
def depth(synset: str) -> int:
    """How far a noun lies below the root, by the shortest way."""
    above = _rows()[synset][0]
    return 1 + min(map(depth, above)) if above else 0


def name_of(synset: str) -> str:
    """What a noun is called first."""
    lemmas = lemmas_of_all().get(synset)
    return lemmas.split(",")[0].strip() if lemmas else _rows()[synset][1]


def is_telling(synset: str) -> bool:
    """Whether the noun says what a thing is, not only that it is an object, a device or an organism."""
    return name_of(synset) not in _UNSAID


def parts(synset: str) -> list[str]:
    """The parts that WordNet lists for a noun and for the telling kinds above it, its own first."""
    found: dict[str, None] = {}
    for kind in ancestors(synset):
        if is_telling(kind):
            found.update(dict.fromkeys(_parts().get(kind, ())))
    return [part for part in found if part.islower()]


@cache
def _parts() -> dict[str, tuple[str, ...]]:
    rows = (line.partition("\t") for line in _lines(PARTS))
    return {synset: tuple(names.split(", ")) for synset, _, names in rows}


@cache
def _meanings() -> dict[str, tuple[tuple[str, int], ...]]:
    rows = {}
    for line in _lines(SENSES):
        noun, _, several = line.partition("\t")
        pairs = (one.split(":") for one in several.split())
        rows[noun] = tuple((synset, int(count)) for synset, count in pairs)
    return rows


def commonness(noun: str, synset: str) -> float:
    """The share of a noun's uses that have this meaning, by counts in tagged texts; 1.0 where it has no other.

    Every meaning is counted once more than it was met, and the first that WordNet lists twice more.
    """
    several = _meanings().get(noun)
    if several is None:
        return 1.0
    counts = {one: count + 1 + 2 * (place == 0) for place, (one, count) in enumerate(several)}
    return counts.get(synset, 0) / sum(counts.values())
