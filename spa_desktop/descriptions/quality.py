"""Text that says nothing: found in what a person types, a file holds, a service answers or WordNet says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from spa_desktop.descriptions.model import MOST_WORDS
from spa_desktop.descriptions.wordnet import clauses_of, is_plural, names_a_thing, plain, singular, words

Fits = Callable[[str], bool]

# Words that stand around a name without saying what it looks like.
_FILLER = """
a an the this that these those it its is are was be of in on at to for from by with and or as some any one
photo photograph picture image pic snapshot drawing shot view depiction example kind type sort sample category
class object thing item subject called named known which there show showing shown depict depicting depicted
contain containing featuring good nice beautiful typical clear clearly common normal real various different
visible unknown none nothing not na n unavailable sorry cannot can i describe
"""
LONGEST_PHRASE, LONGEST_SENTENCE = 400, 4000  # letters
_IN_SENTENCE = 3  # phrases that make up a sentence
# What "an" stands before: a vowel, if it is not said as in "you" or "one", a silent h, some letters and numbers.
_WITH_AN = re.compile(
    r"(?!eu|ewe|one|once|oui|uni(?!den|n|mp)|us[eu]|ut[ei]|ur[ia]|uk|ufo|ubi|u\b)[aeiou]"
    r"|hour|honou?r|honest|heir|x\b|xray|8|1[18]\b",
    re.IGNORECASE,
)
_EMPTY_WORDS = frozenset(singular(word) for word in _FILLER.split())


@dataclass(frozen=True)
class Verdict:
    """The phrases worth keeping, tidied, and one line for each that is not."""

    kept: tuple[str, ...]
    complaints: tuple[str, ...]


def one_line(text: str) -> str:
    r"""`text` on one line with single spaces, and of letters that can be seen and stored.

    >>> one_line("long\n tail\x1b[0m \ud800")
    'long tail [0m'
    """
    if not text.isprintable():
        # Joiners are part of how some languages are written.
        text = "".join(char if char.isprintable() or char in "\u200c\u200d" else " " for char in text)
    return " ".join(text.split())


def tidy(text: str) -> str:
    """One line, single spaces, without list marks, quotes or a full stop around it.

    >>> tidy(' - "A long,  thin tail." ')
    'A long, thin tail'
    """
    line = one_line(text)
    line = re.sub(r"^(?:[-*\u2022\u2013]+|\(?\d{1,2}[.)])\s+", "", line)
    return line.strip(" \"'\u201c\u201d\u2018\u2019`*_").rstrip(".;,").strip()


def complaint(
    text: str, class_name: str, *, fits: Fits | None = None, most_words: int | None = MOST_WORDS
) -> str | None:
    """Why a phrase is of no use, in a few plain words; None if it is fine.

    A phrase that only repeats the name says nothing. `fits` says whether the text encoder reads a text to its end.
    `most_words` is None for a sentence, whose length only the encoder limits.
    """
    line = tidy(text)
    if len(line) > (LONGEST_SENTENCE if most_words is None else LONGEST_PHRASE):
        return "is too long"  # before it is cut into words and tokens, which takes time
    parts = words(line)
    if not any(char.isalpha() for char in line):
        return "is empty" if not line else "has no words"
    said = {singular(part) for part in parts} - {singular(part) for part in words(class_name)} - _EMPTY_WORDS
    # Joined as well, so that "tennis court" says no more than the class `tenniscourt`.
    if not said or "".join(parts) == "".join(words(class_name)):
        return "says nothing about how it looks"
    if fits is not None and not fits(line):
        return "is longer than the text encoder reads"
    if most_words is not None and len(line.split()) > most_words:
        return f"has more than {most_words} words"
    return None


def review(texts: Iterable[str], class_name: str, *, fits: Fits | None = None) -> Verdict:
    """Sort out phrases of one class: the useless and the repeated go, the others are tidied."""
    kept: list[str] = []
    complaints: list[str] = []
    seen: set[str] = set()
    for text in texts:
        line = tidy(text)
        problem = complaint(line, class_name, fits=fits)
        same = "".join(singular(part) for part in words(line))
        if problem is None and same in seen:
            problem = "is there twice"
        if problem is None:
            seen.add(same)
            kept.append(line)
        else:
            complaints.append(f'"{shorten(line)}" {problem}')
    return Verdict(tuple(kept), tuple(complaints))


@dataclass(frozen=True)
class Said:
    """What a file or a service says of one class, not judged yet; `sentence` may be ""."""

    phrases: tuple[str, ...]
    sentence: str = ""


def sentence_of(name: str, sentence: str, phrases: Sequence[str], fits: Fits) -> tuple[str, str | None]:
    """The sentence if it is of use, else one made of the first phrases, and why it is of no use."""
    problem = complaint(sentence, name, fits=fits, most_words=None)
    if problem:
        sentence = clip_to_context(photo_of(plain(name)), phrases[:_IN_SENTENCE], fits)
    return sentence, problem


def shorten(text: str, most: int = 60) -> str:
    """`text` in at most `most` characters, for a message."""
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."


def photo_of(name: str) -> str:
    """How a sentence about a class begins. Plurals have no article, nor have names that begin with one.

    >>> photo_of("airplane"), photo_of("unicycle"), photo_of("umbrella"), photo_of("cat")
    ('a photo of an airplane', 'a photo of a unicycle', 'a photo of an umbrella', 'a photo of a cat')
    >>> photo_of("storage tanks"), photo_of("contact lens")
    ('a photo of storage tanks', 'a photo of a contact lens')
    >>> photo_of("a very long name"), photo_of("The Scream")
    ('a photo of a very long name', 'a photo of The Scream')
    """
    has_article = name.partition(" ")[0].casefold() in ("a", "an", "the")
    article = "" if has_article or is_plural(name) else "an " if _WITH_AN.match(name) else "a "
    return f"a photo of {article}{name}"


def clip_to_context(lead: str, parts: Sequence[str], fits: Fits) -> str:
    """`lead`, followed by as many of the comma-joined `parts` as the text encoder reads."""
    sentence = lead
    for part in parts:
        longer = f"{sentence}, {part}"
        if not fits(longer):
            break
        sentence = longer
    return sentence


# What of a gloss can be seen (ours).
#
# A gloss also says where a thing lives, what it is used for and what family it is of. It is taken apart before
# prepositions, relatives and participles; what begins with such a thing is left out up to the next "with" or "having".

_OPENS = frozenset({"with", "having", "bearing", "without"})
_OPENING = re.compile(r"^(?:with|having|bearing) (?:an? |the )?")
_WITH = re.compile(r" (?=(?:with|having|bearing) )")
# A part that begins so says nothing to be seen, and nothing that follows it does, up to what opens again.
_UNSEEN_STARTS = (
    "near|over|as|whose|which|that|when|especially|used|found|native|grown|cultivated|naturalized|valued|noted|known|"
    "inhabiting|adapted|specialized|related|resembling|living|feeding|made|often|widely|boiled|including|small enough|"
    r"for (?=\w+ing\b)|from which"
)
_JOINT = re.compile(rf",? (?=(?:of|in|from|on|at|for|by|to|{'|'.join(sorted(_OPENS))}|{_UNSEEN_STARTS})\b)")
_IS_UNSEEN = re.compile(rf"(?:{_UNSEEN_STARTS}|produced|sometimes|popular|source|similar|larger|smaller)\b")
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
_IS_A_SIZE = re.compile(r"(?:.* )?(?:small|medium|large|tall|showy)$|distinguished$")  # and no thing
_COLOUR = r"\b(?:black|gr[ea]y|white|red|orange|yellow|green|blue|purple|pink|brown)\b"
_ENDS_WITH_COLOUR = re.compile(_COLOUR + "$")
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
    >>> seen_in("any plant of the genus Gazania valued for their showy daisy flowers")
    ['plant with showy daisy flowers']
    """
    found: list[str] = []
    for place, clause in enumerate(clauses_of(gloss)):
        if place and not _FURTHER.match(clause):
            continue
        head, *more = [clause] if _OF_A_SEX.match(clause) else _seen_parts(clause)
        if _IS_A_SIZE.match(head):  # "medium" of "medium to large tree"
            head, *more = more if more and more[0].startswith("to ") else ["", *more]
        whole = " ".join((head, *more)) if head else _OPENING.sub("", " ".join(more))
        of_it = " ".join(more)
        has = next(filter(None, map(_halves, (of_it, *_WITH.split(of_it)))), [])
        for text in [whole] if len(whole.split()) <= MOST_WORDS else [" ".join(_first_parts([head, *more])), *has]:
            phrase = _finished(text)
            if 2 <= len(phrase.split()) <= MOST_WORDS and phrase not in found:
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
        if kept[-2:-1] in (["is"], ["are"]):  # "where books are sold" is whole
            return " ".join(kept).replace(" ,", ",")
        kept.pop()
    if hedged or len(kept) < count:
        kept = [*takewhile(lambda word: word not in ("where", "that", "which"), kept)]
        if kept and not names_a_thing(kept[-1]):  # but what a thing is like
            return ""
    if kept[1:] and kept[1] in _OPENS and _IS_A_SIZE.match(kept[0]):
        return ""
    return " ".join(kept).replace(" ,", ",")


def _is_unfinished(word: str) -> bool:
    return word == "," or word in _UNFINISHED or (bool(_HANGS.search(word)) and not names_a_thing(word))


_BLOSSOM = re.compile(r"flower|blossom|petal|head|ray|spike|raceme|umbel")
_NO_BLOSSOM = re.compile(r"\b(?:leaf|leav|stem|hair|fruit|root|berr|seed|pod|thorn|spine|bark)|-(?:leav|leaf|stem)")


def shows_on_blossoms(phrase: str) -> bool:
    """Whether a photo of a plant's blossoms shows what a phrase says: of leaves, stems and fruit alone it does not.

    >>> [shows_on_blossoms(one) for one in ("herb with large leaves", "leafy stem with yellow flowers", "shrub")]
    [False, True, True]
    """
    return bool(_BLOSSOM.search(phrase)) or not _NO_BLOSSOM.search(phrase)


def _first_parts(parts: list[str]) -> list[str]:
    """As many parts as a phrase may have words, before what the thing is with; none that an "of" would go on with."""
    kept = list(takewhile(lambda part: part.split(" ")[0] not in _OPENS, parts))
    while len(" ".join(kept).split()) > MOST_WORDS or "".join(parts[len(kept) : len(kept) + 1]).startswith("of "):
        kept.pop()
    return kept


def _seen_parts(clause: str) -> list[str]:
    """The thing itself, "" where its words say nothing to be seen, and what it is with, of or in."""
    clause = re.sub(
        r"characterized by|consisting of|\b(?:that|which) ha(?:s|ve)\b(?! been| recently)", "having", clause
    )
    clause = re.sub(r"^(?:an? )?(?:old breed|bred)(?= of)", "breed", clause)
    clause = re.sub(r"^(?:an?|any|the|one) |:.*|(?<=having )(.*?) and (?:is|are|stands?) .*", r"\1", clause)
    clause = _AND_WITHIN.sub("", clause)
    clause = re.sub(r"^((?:\S+ )*?)(?:perennial|annual)s?(?= of| having|$)", r"\1plant", clause)  # what it stands for
    kept: list[str] = []
    is_left_out, before = False, ""
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
        for word in part.split():
            if word.strip(",") not in _UNSEEN_WORDS and not word.endswith("aceous"):  # families
                seen.append(word)
            elif _hangs_on(seen):
                seen.pop()
        if place == 0 or is_opening:
            seen = [word for word in seen if not word[0].isupper()]
        is_left_out = is_left_out or (first in ("in", "from", "of") and bool(_AREAS & set(part.split())))
        is_left_out = is_left_out or any(not word.islower() or word.strip(",") in _UNSEEN_THINGS for word in seen)
        kept.append("" if is_left_out else _mended(seen))
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
