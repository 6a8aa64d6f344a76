"""The OpenAI writer: exemplars in, phrases out."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from string import Template
from typing import Annotated, Literal

from PIL import Image
from pydantic import BaseModel, Field, ValidationError

from spa_desktop import paths
from spa_desktop.descriptions.model import (
    FEWEST_PHRASES,
    MOST_PHRASES,
    MOST_WORDS,
    ClassDescription,
    DescriptionRequest,
    TokenUse,
    WrittenPhrase,
)
from spa_desktop.descriptions.openai.service import (
    Prompt,
    Reply,
    Service,
    ServiceAnswer,
    ServiceError,
    WriterOptions,
    quote,
)
from spa_desktop.descriptions.quality import Fits, Said, one_line, review, sentence_of, shorten, tidy
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.photos.opening import PhotoError, open_photo
from spa_desktop.plain_files import read_plain_file, reason_of
from spa_desktop.visible import QT_TRANSLATE_NOOP

# What a model answers: by the schema, or as near to it as models behind other servers come.

# A text may be anything. All of it is read in a time that grows no faster than its length.
_LONGEST_TEXT = 200_000  # letters: several times what the most tokens of an answer make
_MOST_PHRASES, _LONGEST_PHRASE, _LONGEST_SENTENCE = 64, 300, 2000  # that are judged; more is no description
_OPENING = re.compile(r'\{(?=\s*["}])|\[')  # other braces are prose
_MOST_OPENINGS = 20  # that are looked into: enough for an answer
_FENCE = re.compile(r"```\w*")
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_LISTED = re.compile(r"^\s*(?:[-*\u2022\u2013]|\(?\d{1,2}[.)])\s+(.+)$")
_SENTENCE = re.compile(r"^\W*sentence\W*:\W*(.+)$", re.IGNORECASE)


def read_answer(text: str) -> Said | None:
    r"""Find phrases in an answer: JSON by the schema or alike, with or without words around it, or a list of lines.

    Prose is no list: None.

    >>> read_answer('Here you are:\n1. long tail\n2. grey fur')
    Said(phrases=('long tail', 'grey fur'), sentence='')
    """
    # Without a model's thoughts, and the fences of a block of code.
    lines = _THOUGHTS.sub("", text[:_LONGEST_TEXT]).splitlines()
    text = "\n".join(line for line in lines if not _FENCE.fullmatch(line.strip())).strip()
    for value in _json_values(text):
        answer = _from_json(value)
        if answer is not None:
            return answer
    lines = text.splitlines()
    phrases = _texts([match[1] for line in lines if (match := _LISTED.match(line))])
    sentence = next((match[1] for line in lines if (match := _SENTENCE.match(line))), "")
    return Said(phrases, sentence[:_LONGEST_SENTENCE]) if phrases else None


def _json_values(text: str) -> Iterator[object]:
    """Objects and lists in the text, outermost first."""
    decoder, at = json.JSONDecoder(parse_int=float), 0  # a whole number of many digits takes long, and says nothing
    for _ in range(_MOST_OPENINGS):
        if (match := _OPENING.search(text, at)) is None:
            return
        try:
            value, at = decoder.raw_decode(text, match.start())
            yield value
        except (ValueError, RecursionError):
            if match[0] == "{":
                return  # what is inside of a broken object is not the answer
            at = match.end()  # a bracket in prose


def _from_json(value: object) -> Said | None:
    if isinstance(value, dict) and len(value) == 1 and isinstance(inner := next(iter(value.values())), dict):
        value = inner  # the answer below the name of the class, or below "result"
    named = {str(name).lower(): item for name, item in value.items()} if isinstance(value, dict) else {"": value}
    lists = [item for item in (named.get("phrases"), *named.values()) if isinstance(item, list)]
    phrases, sentence = next(filter(None, map(_texts, lists)), ()), named.get("sentence")
    return Said(phrases, sentence[:_LONGEST_SENTENCE] if isinstance(sentence, str) else "") if phrases else None


def _texts(items: Sequence[object]) -> tuple[str, ...]:
    return tuple(item[:_LONGEST_PHRASE] for item in items if isinstance(item, str))[:_MOST_PHRASES]


# Exemplars on their way out: those that were agreed to, small, and with nothing in the file but the picture.

LONGEST_SIDE = 512  # pixels: what "low" detail is shown at
_QUALITY = 85


def small_jpeg(path: Path, sha256: str) -> bytes:
    """The photo as a JPEG of at most 512 pixels a side, upright, without place, time, camera, comment or profile.

    Raises PhotoError if it cannot be opened, or has another content than the user agreed to send.
    """
    photo = open_photo(path, at_least=LONGEST_SIDE, sha256=sha256)
    photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    # Pillow carries comments over from the opened file: only pixels are copied.
    bare = Image.new("RGB", photo.size)
    bare.paste(photo)
    stream = io.BytesIO()
    bare.save(stream, "JPEG", quality=_QUALITY, optimize=True)
    return stream.getvalue()


# The text that goes with the photos, from `resources/instructions`.

MOST_NAMES = 3  # of a group of photos
_MOST_OTHERS = 60  # names: with more the text costs more than the photos
_LONGEST_NAME = 200  # letters


class Instructions(BaseModel, frozen=True, extra="forbid", str_strip_whitespace=True):
    """The texts and their version."""

    version: int
    system: str
    request: str
    others: str
    json_hint: str

    @property
    def tag(self) -> str:
        """Version and digest: an edited text counts as another one."""
        texts = "\0".join((self.system, self.request, self.others, self.json_hint))
        return f"{self.version}.{hashlib.sha256(texts.encode()).hexdigest()[:8]}"

    def text(self, request: DescriptionRequest, photos: int) -> str:
        """The request for one class in words."""
        # One line of bounded length each, whoever gave it.
        names = [shorten(one_line(name), _LONGEST_NAME) for name in (request.class_name, *request.others)]
        text = Template(self.request).substitute(name=names[0], language=request.language, count=photos)
        if not request.others:
            return text
        more = len(names) - 1 - _MOST_OTHERS
        listed = ", ".join(names[1 : 1 + _MOST_OTHERS]) + (f", and {more} more" if more > 0 else "")
        return f"{text}\n{Template(self.others).substitute(names=listed)}"


class NamesAnswer(BaseModel, extra="forbid"):
    """Names that a group of photos may have."""

    names: list[str] = Field(description="Short names, the most fitting first.", min_length=1, max_length=MOST_NAMES)


Purpose = Literal["describe", "name"]
_ANSWERS: Mapping[Purpose, type[BaseModel]] = {"describe": ServiceAnswer, "name": NamesAnswer}


@cache
def load_instructions(purpose: Purpose = "describe") -> Instructions:
    """The texts that ship with the app."""
    file = paths.resources_dir() / "instructions" / f"{purpose}.toml"
    return Instructions.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))


# Money, as an estimate: from a price table that the user can edit, and that says how old it is.

_PRICES_FILE = "prices.toml"
_LARGEST_TABLE = 1 << 20  # bytes
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")  # gpt-5-2025-08-07 costs what gpt-5 does
_MILLION = 1_000_000

_Dollars = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
_Tokens = Annotated[int, Field(ge=0, le=10_000_000)]


class Price(BaseModel, frozen=True, extra="forbid"):
    """Dollars for a million tokens; tokens of a photo at low detail, None where not known."""

    input: _Dollars
    output: _Dollars
    image_tokens: _Tokens | None = None
    thinks: bool = True


class Assumed(BaseModel, frozen=True, extra="forbid"):
    """What is guessed before anything is sent."""

    image_tokens: _Tokens
    characters_per_token: float = Field(ge=0.1, le=1000, allow_inf_nan=False)
    answer_tokens: _Tokens
    thinking_tokens: dict[str, _Tokens]


class Prices(BaseModel, frozen=True, extra="forbid"):
    """The price table."""

    as_of: date
    currency: str
    assumed: Assumed
    models: dict[str, Price]

    def of(self, model: str) -> Price | None:
        """The price of a model, by its name or that of which it is a dated snapshot."""
        return self.models.get(model) or self.models.get(_SNAPSHOT.sub("", model))

    def cost(self, model: str, tokens: TokenUse) -> float | None:
        """Dollars for counted tokens; None if the model has no price here."""
        price = self.of(model)
        return None if price is None else (tokens.input * price.input + tokens.output * price.output) / _MILLION

    def guess(self, model: str, *, photos: int, characters: int, effort: str | None) -> TokenUse:
        """Tokens that a request is likely to take."""
        assumed = self.assumed
        price = self.of(model) or Price(input=0, output=0)
        per_photo = assumed.image_tokens if price.image_tokens is None else price.image_tokens
        thinking = assumed.thinking_tokens.get(effort or "other", assumed.thinking_tokens.get("other", 0))
        text = round(characters / assumed.characters_per_token)
        return TokenUse(photos * per_photo + text, assumed.answer_tokens + (thinking if price.thinks else 0))


def load_prices() -> Prices:
    """The user's own table in the settings folder, or else the one that ships with the app.

    Raises InputError if the user's own is malformed.
    """
    own = paths.config_dir() / _PRICES_FILE
    file = own if own.is_file() else paths.resources_dir() / _PRICES_FILE
    try:
        return Prices.model_validate(tomllib.loads(read_plain_file(file, _LARGEST_TABLE).decode("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        why = reason_of(error) if isinstance(error, OSError) else str(error).splitlines()[0]
    text = QT_TRANSLATE_NOOP("errors", "The price table {path} cannot be read ({reason}): correct it, or delete it")
    raise InputError(text, path=file, reason=why)


_LONGEST_GROUP_NAME = 60  # letters that a service gives
_FEWEST_WORDS = 2  # of a phrase that was cut down
# Where a phrase may be cut: at a comma, or else before a word that adds another thing.
_JOINTS = (
    re.compile(r"[,;:]\s"),
    re.compile(r"\s(?=(?:with|and|or|in|on|of|over|under|at|that|which|while|against|around|from|to)\s)"),
)


class OpenAIWriter:
    """Shows a class's exemplars to a model and takes its phrases."""

    name = "openai"
    is_cached = True

    def __init__(self, fits: Fits, options: WriterOptions | None = None, *, purpose: Purpose = "describe") -> None:
        """Prepare to :meth:`write` or, for the purpose "name", to :meth:`name_group`; nothing is sent before.

        `fits` says whether the text encoder reads a text to its end (`ClipEncoder.fits`). The default is GPT-5 at
        OpenAI. Raises InputError if nothing may be sent to the address, or the user's price table is malformed.
        """
        self._options = options or WriterOptions()
        self._fits = fits
        self._instructions, self._answer = load_instructions(purpose), _ANSWERS[purpose]
        self.prices: Prices = load_prices()
        self.service = Service(self._options)
        self.model = self._options.model
        self.destination = self.service.address.url
        self.max_parallel = self._options.parallel
        effort = self._options.effort or "default"
        self.instructions_version = f"{self._instructions.tag}.{effort}"

    def prepare(self) -> None:
        """See whether there is a key: else an InputError. Sends nothing; a keyring may ask the user for one."""
        self.service.require_key()

    def estimate_cost(self, request: DescriptionRequest) -> float | None:
        """Dollars that :meth:`write` would cost, roughly; None if the model has no price. Sends and opens nothing."""
        photos = len(request.exemplars)
        text = self._instructions.system + self._instructions.text(request, photos)
        tokens = self.prices.guess(self.model, photos=photos, characters=len(text), effort=self._options.effort)
        return self.prices.cost(self.model, tokens)

    def write(self, request: DescriptionRequest, job: Job) -> ClassDescription:
        """Describe one class. Photos leave the computer: consent is the caller's to ask for (`consent.py`).

        Raises InputError if there is no key, or no photo of the class can be opened; ServiceError if there is no useful
        text; nothing is put in its place; Cancelled if the job was cancelled, at once; a late answer is dropped.
        """
        reply, notes = self._ask(request, job)
        phrases, sentence, remarks = self._judge(request.class_name, reply)
        job.check()
        return ClassDescription(
            request.class_name,
            tuple(WrittenPhrase(text, "gpt") for text in phrases),
            sentence,
            writer=self.name,
            model=self.model,
            instructions_version=self.instructions_version,
            tokens=reply.tokens,
            cost=None if reply.tokens is None else self.prices.cost(self.model, reply.tokens),
            notes=(*notes, *remarks),
        )

    def name_group(self, request: DescriptionRequest, job: Job) -> tuple[str, ...]:
        """One to three names for a group of photos; sends and raises as :meth:`write`.

        The request's `class_name` says in messages which group, and is not sent.
        """
        reply, _ = self._ask(request, job)
        answer = self._read(request.class_name, reply)
        names: dict[str, str] = {}
        for name in map(tidy, answer.phrases):
            if len(name) <= _LONGEST_GROUP_NAME and any(char.isalpha() for char in name):
                names.setdefault(name.casefold(), name)
        if not names:
            text = QT_TRANSLATE_NOOP("errors", "{model} gave no short name ({text}): try again, or name it yourself")
            raise ServiceError("useless", text, model=self.model, text=quote(", ".join(answer.phrases)))
        job.check()
        return tuple(names.values())[:MOST_NAMES]

    def _ask(self, request: DescriptionRequest, job: Job) -> tuple[Reply, list[str]]:
        """The reply, and a note on photos that cannot be opened."""
        job.check()
        photos, notes = _photos(request, job)
        said = self._instructions
        text = said.text(request, len(photos))
        return self.service.ask(Prompt(said.system, text, photos, said.json_hint, self._answer), job), notes

    def _judge(self, name: str, reply: Reply) -> tuple[list[str], str, list[str]]:
        """Phrases, sentence and notes of a reply that is worth something."""
        answer = self._read(name, reply)
        notes: list[str] = []
        useful, complaints = review((self._fitting(text, notes) for text in answer.phrases), name, fits=self._fits)
        notes += [f"Left out: {line}" for line in complaints]
        kept, surplus = useful[:MOST_PHRASES], useful[MOST_PHRASES:]
        if len(kept) < FEWEST_PHRASES:
            example = f": {complaints[0]}" if complaints else ""
            text = QT_TRANSLATE_NOOP(
                "errors",
                '{model} gave {n} useful phrases for "{name}", and {fewest} are needed{example}. Try again, choose '
                "another model, or use the offline writer",
            )
            fields = {"model": self.model, "n": len(kept), "name": name, "fewest": FEWEST_PHRASES, "example": example}
            raise ServiceError("useless", text, **fields)
        if surplus:
            notes.append(f"{len(surplus)} further phrases were left out")
        sentence, problem = sentence_of(name, one_line(answer.sentence), kept, self._fits)
        if problem:
            notes.append(f"The sentence {problem}: one was made of the phrases")
        return kept, sentence, notes

    def _read(self, name: str, reply: Reply) -> Said:
        """What a reply says. Raises ServiceError where that is nothing."""
        if reply.is_cut_off:
            text = QT_TRANSLATE_NOOP(
                "errors", 'The answer for "{name}" was cut off: choose less effort or another model, and try again'
            )
            if reply.tokens:
                text = QT_TRANSLATE_NOOP(
                    "errors",
                    'The answer for "{name}" was cut off after {n} tokens: choose less effort or another model, and '
                    "try again",
                )
            raise ServiceError("truncated", text, name=name, n=reply.tokens.output if reply.tokens else 0)
        if reply.refusal or reply.is_filtered:
            why = quote(reply.refusal) or QT_TRANSLATE_NOOP("errors", "its content filter stepped in")
            text = QT_TRANSLATE_NOOP(
                "errors",
                '{model} declines to describe "{name}" ({reason}): choose other photos, or use the offline writer',
            )
            raise ServiceError("refusal", text, model=self.model, name=name, reason=why)
        if (said := read_answer(reply.text)) is not None:
            return said
        if not reply.text.strip():
            text = QT_TRANSLATE_NOOP("errors", 'The answer for "{name}" is empty: try again, or use the offline writer')
            raise ServiceError("useless", text, name=name)
        # It may decline in words, or break off: they are quoted.
        text = QT_TRANSLATE_NOOP(
            "errors",
            'The answer for "{name}" holds no phrases ({text}): choose other photos or another model, or use the '
            "offline writer",
        )
        raise ServiceError("garbage", text, name=name, text=quote(reply.text))

    def _fitting(self, text: str, notes: list[str]) -> str:
        """A phrase that is too long, cut back to where a new thing begins; else as it is, for `review` to judge."""
        line = tidy(text)
        if self._is_short(line):
            return line
        for joint in (joint for kind in _JOINTS for joint in reversed(list(kind.finditer(line)))):
            shorter = line[: joint.start()].rstrip(" ,;:")
            if len(shorter.split()) >= _FEWEST_WORDS and self._is_short(shorter):
                notes.append(f'Shortened: "{shorten(line)}" to "{shorter}"')
                return shorter
        return line

    def _is_short(self, line: str) -> bool:
        return len(line.split()) <= MOST_WORDS and self._fits(line)


def _photos(request: DescriptionRequest, job: Job) -> tuple[tuple[str, ...], list[str]]:
    """The exemplars as data URLs, and a note on those that cannot be opened."""
    urls: list[str] = []
    problem: PhotoError | None = None
    for exemplar in request.exemplars:
        job.check()
        try:
            content = base64.b64encode(small_jpeg(exemplar.path, exemplar.sha256)).decode("ascii")
            urls.append(f"data:image/jpeg;base64,{content}")
        except PhotoError as error:
            problem = error
    if not urls:
        why = problem or QT_TRANSLATE_NOOP("errors", "it has no exemplars")
        text = QT_TRANSLATE_NOOP("errors", 'There is no photo of "{name}" to show ({reason}): use the offline writer')
        raise InputError(text, name=request.class_name, reason=why)
    lost = len(request.exemplars) - len(urls)
    return tuple(urls), [f"{lost} of {len(request.exemplars)} photos could not be shown: {problem}"] if lost else []
