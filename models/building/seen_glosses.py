"""What of WordNet's glosses can be seen: ``python -m models.building.seen_glosses`` writes the table anew (ours).

A gloss also says where a thing lives, what it is used for and what family it is of. It is taken apart before
prepositions, relatives and participles; what begins with such a thing is left out up to the next "with" or "having".
"""

from __future__ import annotations

import re
from functools import cache
from itertools import takewhile

from spa_desktop.descriptions.model import MOST_WORDS
from spa_desktop.descriptions.wordnet import SEEN, clauses_of, full_gloss, lemmas_of_all, singular, words
from spa_desktop.paths import resources_dir

_OPENS = frozenset({"with", "having", "bearing", "without"})
_OPENING = re.compile(r"^(?:with|having|bearing) (?:an? |the )?")
_WITH = re.compile(r" (?=(?:with|having|bearing) )")
# A part that begins so says nothing to be seen, and nothing that follows it does, up to what opens again.
_UNSEEN_STARTS = (
    "near|over|as|whose|which|that|when|especially|used|found|native|grown|cultivated|naturalized|valued|noted|known|"
    "inhabiting|adapted|specialized|related|resembling|living|feeding|made|often|widely|boiled|including|small enough|"
    r"for (?=\w+ing\b)|from which"
)
# What "or" joins stays together: either both are said or none is, for one alone need not be true.
_JOINT = re.compile(
    rf"(?<! or)(?<! or on),? (?=(?:of|in|from|on|at|for|by|to|{'|'.join(sorted(_OPENS))}|{_UNSEEN_STARTS})\b)"
    r"|,? (?=as\b)"
)
_NOT_BY_OR = re.compile(r"(?<! or) (?!or )| (?=(?:north|south|east|west)ern\b)")  # "southern" goes with its place
_IS_UNSEEN = re.compile(
    rf"(?:wild or )?(?:{_UNSEEN_STARTS}|produced|sometimes|popular|source|similar|larger|smaller)\b"
)
# Words that are left out of what is seen, and words that nothing is seen with.
_UNSEEN_WORDS = frozenset({
    "common", "widespread", "rare", "wild", "domesticated", "native", "perennial", "annual", "biennial", "tropical",
    "subtropical", "temperate", "pantropical", "fragrant", "poisonous", "edible", "woodland", "freshwater", "active",
    "primitive", "somewhat", "fish-eating", "seed-eating", "insectivorous", "herbivorous", "nocturnal", "pugnacious",
    "harsh-voiced", "cud-chewing", "nonpasserine", "evergreen", "deciduous", "chiefly", "mostly", "predominantly",
    "northern", "southern", "eastern", "western", "portable", "garden", "voracious", "singing", "juicy", "tart",
    "acidic", "aromatic", "marine", "carnivorous", "omnivorous", "arboreal", "venomous", "terrestrial", "predatory",
    "intelligent", "alert", "parasitic", "gregarious", "hybrid", "migratory", "hardy", "social", "inexpensive",
    "scentless", "ill-smelling", "high-pitched", "e.g.",
})  # fmt: skip
_UNSEEN_THINGS = frozenset({
    "genus", "family", "families", "order", "species", "subspecies", "variety", "varieties", "hemisphere", "coast",
    "coasts", "world", "worldwide", "tropics", "country", "escapee", "habitat", "times", "means", "houseplant",
    "developed", "sap", "pulp", "flesh", "juice", "odor", "aroma", "tone", "voice", "cry", "sound", "note", "smell",
    "taste", "flavor", "perfume", "something", "someone", "anything", "who", "trademarked", "trademark", "version",
})  # fmt: skip
_AREAS = frozenset({"area", "areas", "region", "regions"})  # things live there, or are such
_LOOSE_ENDS = frozenset({
    "a", "an", "and", "any", "as", "by", "for", "from", "in", "into", "of", "on", "or", "some", "such", "that", "the",
    "to", "usually", "very", "with",
})  # fmt: skip
# What a whole phrase does not end with, besides participles and adverbs: it belongs to what was left out.
_UNFINISHED = _LOOSE_ENDS | frozenset({
    "another", "are", "around", "at", "available", "be", "being", "between", "both", "bred", "built", "but", "common",
    "due", "each", "eaten", "either", "equal", "etc", "grown", "has", "have", "having", "inferior", "is", "kept",
    "made", "more", "most", "next", "other", "others", "similar", "so", "sold", "suitable", "sweet", "taken", "than",
    "through", "where", "which", "worn",
})  # fmt: skip
_HANGS = re.compile(r"(?:[^e\W]ed|\wly|originating|belonging|containing|including)$")
_COLOUR = r"\b(?:black|gr[ea]y|white|red|orange|yellow|green|blue|purple|pink|brown)\b"
_ENDS_WITH_COLOUR = re.compile(_COLOUR + "$")
_WHOLE_END = re.compile(r"\b(?:is|are) (?:\w+ or )*\w+$")  # "where books are sold"
_OF_A_SEX = re.compile(r"(?:the )?(?:male|female)s? (?:is|are) ")
# A further clause that says how the thing looks, and not what it does, is used for or comes from.
# What is usually so need not be so of these.
_HEDGES = r"\b(?:usually|typically|generally|normally|commonly|often|sometimes|formerly|originally)\b"
_FURTHER = re.compile(
    rf"(?!.*{_HEDGES})(?:{_OF_A_SEX.pattern}|(?!.*\b(?:is|are|was|were)\b).*(?:\b(?:with|having)\b|{_COLOUR}))"
)
# What lies within is said of what is seen: "a green skin and hard tart flesh".
_WITHIN = r"(?:(?!having\b|with\b|and\b|or\b)[\w-]+ ){0,3}(?:sap|pulp|flesh|juice)\b"
_AND_WITHIN = re.compile(rf" and {_WITHIN}|\b{_WITHIN} and(?= )")


def seen_in(gloss: str) -> list[str]:
    """The phrases of a gloss that say what a thing looks like, each whole, of 2 to 12 words; the first says most.

    >>> seen_in("small European finch having a crimson face and yellow-and-black wings; nests in barns")
    ['small finch having a crimson face and yellow-and-black wings']
    >>> seen_in("a common creeper in North America with a down-curved bill"), seen_in("tanager of Colombia to Peru")
    (['creeper with a down-curved bill'], [])
    >>> seen_in("a garment extending from the waist to the knee or ankle, covering each leg separately")
    ['garment extending from the waist to the knee or ankle']
    >>> seen_in("any plant of the genus Gazania valued for their showy daisy flowers")
    ['plant with showy daisy flowers']
    >>> seen_in("rectangular block of clay baked by the sun or in a kiln; used as a building or paving material")
    ['rectangular block of clay baked by the sun or in a kiln']
    """
    found: list[str] = []
    for place, clause in enumerate(clauses_of(gloss)):
        if place and not _FURTHER.match(clause):
            continue
        head, *more = [clause] if _OF_A_SEX.match(clause) else _seen_parts(clause)
        whole = " ".join((head, *more)) if head else _OPENING.sub("", " ".join(more))
        of_it = " ".join(more)
        has = next(filter(None, map(_halves, (of_it, *_WITH.split(of_it)))), [])
        for text in [whole] if len(whole.split()) <= MOST_WORDS else [" ".join(_first_parts([head, *more])), *has]:
            phrase = _finished(text)
            if 2 <= len(phrase.split()) <= MOST_WORDS and phrase not in found and not phrase.startswith("or "):
                found.append(phrase)
    return found


def _finished(text: str) -> str:
    """A phrase that begins and ends with what is said: no "usually", nor what hung on words that were left out."""
    text, *hedged = re.split(
        _HEDGES, re.sub(r"^(?:(?:an?|the|is|are|with|having|to) )+", "", text.strip(" ,")), maxsplit=1
    )
    kept = text.replace(",", " ,").split()
    count = len(kept)
    while kept and _is_unfinished(kept[-1]):
        if _WHOLE_END.search(" ".join(kept)):
            return " ".join(kept).replace(" ,", ",")
        if kept.pop() == "or" and "either" in kept:
            del kept[kept.index("either") :]
    if hedged or len(kept) < count:
        kept = [*takewhile(lambda word: word not in ("where", "that", "which"), kept)]
        if kept and (not names_a_thing(kept[-1]) or _ENDS_WITH_COLOUR.search(kept[-1])):  # but what a thing is like
            return ""
    return " ".join(kept).replace(" ,", ",")


def _is_unfinished(word: str) -> bool:
    return word == "," or word in _UNFINISHED or (bool(_HANGS.search(word)) and not names_a_thing(word))


def _first_parts(parts: list[str]) -> list[str]:
    """As many parts as a phrase may have words, before what the thing is with; none that the next would go on with.

    That is "a band" before "of cloth", and "from the waist" before "to the knee". What is too long may end at a comma.
    """
    kept = list(takewhile(lambda part: part.split(" ")[0] not in _OPENS, parts))
    following = "".join(parts[len(kept) : len(kept) + 1])
    while len(" ".join(kept).split()) > MOST_WORDS or _is_half(kept[-1:], following):
        following, head = kept[-1], kept[-1].rpartition(", ")[0]
        kept[-1:] = [head] if head else []
    return kept


def _is_half(last: list[str], following: str) -> bool:
    is_way = last != [] and last[0].startswith("from ") and re.match(r"to (?:the|an?|its|their) ", following)
    return following.startswith("of ") or bool(is_way)


def _seen_parts(clause: str) -> list[str]:
    """The thing itself, "" where its words say nothing to be seen, and what it is with, of or in."""
    clause = re.sub(
        r"characterized by|consisting of|\b(?:that|which) ha(?:s|ve)\b(?! been| recently)", "having", clause
    )
    clause = re.sub(r"^(?:an?|any|the|one) (?!or )|:.*|(?<=having )(.*?) and (?:is|are|stands?) .*", r"\1", clause)
    clause = _AND_WITHIN.sub("", clause)
    lasting = r"(?:(?:annual|biennial|perennial) or )?(?:perennial|annual)s?"  # stands for "plant"
    clause = re.sub(rf"^((?:\S+ )*?){lasting}(?= of| having|$)", r"\1plant", clause)
    kept: list[str] = []
    is_left_out, joins, before = False, False, ""
    for place, part in enumerate(_JOINT.split(clause)):
        first, *rest = part.split()
        if first == "for" and rest[:1] in (["its"], ["their"]) and before not in ("noted", "known"):
            part = " ".join(("with", *rest[1:]))
        is_opening = part.split()[0] in _OPENS
        if is_opening:
            is_left_out = False
        elif _IS_UNSEEN.match(part) or (place == 0 and first in ("of", "from")):
            is_left_out = True
        seen: list[str] = []
        for alternatives in _NOT_BY_OR.split(part):
            some = alternatives.split()
            if any(word.strip(",") not in _UNSEEN_WORDS | {"or"} for word in some):
                seen += some
            elif _hangs_on(seen):
                seen.pop()
        if place == 0 or is_opening:
            seen = [word for word in seen if not word[0].isupper()]
        is_left_out = is_left_out or (first in ("in", "from", "of") and bool(_AREAS & set(part.split())))
        is_left_out = is_left_out or any(not word.islower() or word.strip(",") in _UNSEEN_THINGS for word in seen)
        text = "" if is_left_out else _mended(seen)
        goes_on = joins and text and kept[-1] and not is_opening
        kept.append(f"and {text}" if goes_on else text)
        joins = seen[-1:] == ["and"]
        if is_left_out and first in ("that", "which", "whose") and place:  # "green leaves and flowers that are white"
            kept[-2] = re.sub(r" and \w+$", "", kept[-2])
        before = first
    return [kept[0], *filter(None, kept[1:])]


def _hangs_on(seen: list[str]) -> bool:
    """Whether the last of some words hangs on the next, which is left out: "highly", or "and" between adjectives."""
    joins = seen[-1:] in (["and"], ["or"]) and not names_a_thing(seen[-2] if seen[1:] else "")
    return joins or (bool(seen) and (seen[-1] == "very" or seen[-1].endswith("ly")) and not names_a_thing(seen[-1]))


def _mended(said: list[str]) -> str:
    """Words, some of which were left out, without what hung on those."""
    text = re.sub(r"^(?:(?:and|or) )+", "", re.sub(r"\b(?:(?:and|or) )+(?=(?:and|or) )", "", " ".join(said)))
    whole = text.split()
    while whole and whole[-1].strip(",") in _LOOSE_ENDS:
        whole.pop()
    return (
        " ".join(whole).strip(" ,")
        if len(whole) > 1 or whole[:1] != said[:1] or not _OPENS.intersection(whole[:1])
        else ""
    )


def _halves(text: str) -> list[str]:
    """What a thing is with; where that is long, both sides of the "and" that joins two things of several words."""
    text, count = _OPENING.subn("", text)
    if len(text.split()) <= MOST_WORDS or not count:
        return [text] if count else []
    for pair in (text.split(" and ", 1), text.rsplit(" and ", 1)):
        # "Pink and white flowers" are one thing.
        if all(2 < len(side.split()) <= MOST_WORDS for side in pair) and not _ENDS_WITH_COLOUR.search(pair[0]):
            return [_OPENING.sub("", side) for side in pair]
    return []


def names_a_thing(word: str) -> bool:
    """Whether a noun that is known here ends with a word, in the singular or plural."""
    return word in _last_words() or singular(word) in _last_words()


@cache
def _last_words() -> frozenset[str]:
    return frozenset(
        words(lemma)[-1] for names in lemmas_of_all().values() for lemma in names.split(",") if words(lemma)
    )


def main() -> None:
    """Write the table into the resources: synset and phrases, with tabs between them."""
    found = {synset: seen_in(full_gloss(synset)) for synset in sorted(lemmas_of_all())}
    lines = ["\t".join([synset, *phrases]) + "\n" for synset, phrases in found.items() if phrases]
    (resources_dir() / "wordnet" / SEEN).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
