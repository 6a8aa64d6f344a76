"""The OpenAI writer: exemplars in, phrases out."""

from __future__ import annotations

import re

from spa_desktop.descriptions.model import (
    FEWEST_PHRASES,
    MOST_PHRASES,
    MOST_WORDS,
    ClassDescription,
    DescriptionRequest,
    TokenUse,
    WrittenPhrase,
)
from spa_desktop.descriptions.name_matching import plain
from spa_desktop.descriptions.openai.answer import Said, declines, is_broken_off, read_answer
from spa_desktop.descriptions.openai.exemplar_jpeg import data_url, small_jpeg
from spa_desktop.descriptions.openai.http_transports import Reply
from spa_desktop.descriptions.openai.instructions import load_instructions
from spa_desktop.descriptions.openai.options import WriterOptions
from spa_desktop.descriptions.openai.prices import Prices, load_prices
from spa_desktop.descriptions.openai.service import Service
from spa_desktop.descriptions.openai.service_failures import Kind, ServiceError, quote
from spa_desktop.descriptions.quality import Fits, clip_to_context, complaint, one_line, photo_of, review, shorten, tidy
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.photos.opening import PhotoError

_IN_SENTENCE = 3  # phrases that make up a sentence when the model's own is of no use
_FEWEST_WORDS = 2  # of a phrase that was cut down
# Where a phrase may be cut: at a comma, or else before a word that adds another thing.
_JOINTS = (
    re.compile(r"[,;:]\s"),
    re.compile(r"\s(?=(?:with|and|or|in|on|of|over|under|at|that|which|while|against|around|from|to)\s)"),
)


class OpenAIWriter:
    """Shows a class's exemplars to a model and takes its phrases.

    Attributes:
        prices: the table that estimates are made from, with the date on which it held.
    """

    name = "openai"
    is_cached = True

    def __init__(self, fits: Fits, options: WriterOptions | None = None) -> None:
        """Prepare; nothing is sent before :meth:`write`.

        Args:
            fits: whether the text encoder reads a text to its end (`ClipEncoder.fits`).
            options: None for the defaults: GPT-5 at OpenAI.

        Raises:
            InputError: if nothing may be sent to the address, or the person's price table is malformed.
        """
        self._options = options or WriterOptions()
        self._fits = fits
        self._instructions = load_instructions()
        self.prices: Prices = load_prices()
        self.service = Service(self._options)
        self.model = self._options.model
        self.destination = self.service.address.url
        self.max_parallel = self._options.parallel
        effort = self._options.effort or "default"
        self.instructions_version = f"{self._instructions.tag}.{effort}"

    def prepare(self) -> None:
        """See whether there is a key. Sends nothing; a keyring may ask the person for its password.

        Raises:
            InputError: if there is none, and the address is not on this computer.
        """
        self.service.require_key()

    def estimate_cost(self, request: DescriptionRequest) -> float | None:
        """Dollars that :meth:`write` would cost, roughly; None if the model has no price. Sends and opens nothing."""
        return self.prices.cost(self.model, self.estimate_tokens(request))

    def estimate_tokens(self, request: DescriptionRequest) -> TokenUse:
        """Tokens that :meth:`write` would take, roughly."""
        photos = len(request.exemplars)
        text = self._instructions.system + self._instructions.text(request, photos)
        return self.prices.guess(self.model, photos=photos, characters=len(text), effort=self._options.effort)

    def spent(self) -> tuple[TokenUse, float | None]:
        """Tokens since this writer was made, those of answers of no use included, and their cost in dollars."""
        tokens = self.service.spent.tokens
        return tokens, self.prices.cost(self.model, tokens)

    def list_models(self, job: Job | None = None) -> list[str]:
        """See :meth:`service.Service.list_models`."""
        return self.service.list_models(job)

    def close(self) -> None:
        """Close the connections. A later call opens them again."""
        self.service.close()

    def write(self, request: DescriptionRequest, job: Job) -> ClassDescription:
        """Describe one class. Photos leave the computer: consent is the caller's to ask for (`consent.py`).

        Raises:
            InputError: if there is no key, or no photo of the class can be opened.
            ServiceError: if there is no useful text; nothing is put in its place.
            Cancelled: if the job was cancelled, at once; a late answer is dropped.
        """
        job.check()
        photos, notes = _photos(request, job)
        reply = self.service.ask(self._instructions.prompt(request, photos), job)
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
            cost=self._cost(reply),
            notes=(*notes, *remarks),
        )

    def _cost(self, reply: Reply) -> float | None:
        return None if reply.tokens is None else self.prices.cost(self.model, reply.tokens)

    def _judge(self, name: str, reply: Reply) -> tuple[tuple[str, ...], str, list[str]]:
        """Phrases, sentence and notes of a reply that is worth something."""
        said = self._read(name, reply)
        notes: list[str] = []
        verdict = review((self._fitting(text, notes) for text in said.phrases), name, fits=self._fits)
        notes += [f"Left out: {line}" for line in verdict.complaints]
        kept, surplus = verdict.kept[:MOST_PHRASES], verdict.kept[MOST_PHRASES:]
        if len(kept) < FEWEST_PHRASES:
            example = f": {verdict.complaints[0]}" if verdict.complaints else ""
            raise self._failure(
                "useless",
                f'{self.model} gave {len(kept)} useful phrases for "{name}", and {FEWEST_PHRASES} are needed{example}. '
                "Try again, choose another model, or use the offline writer",
                reply,
            )
        if surplus:
            notes.append(f"{len(surplus)} further phrases were left out")
        sentence = one_line(said.sentence)
        problem = complaint(sentence, name, fits=self._fits, most_words=None)
        if problem:
            sentence = clip_to_context(photo_of(plain(name)), kept[:_IN_SENTENCE], self._fits)
            notes.append(f"The sentence {problem}: one was made of the phrases")
        return kept, sentence, notes

    def _read(self, name: str, reply: Reply) -> Said:
        if reply.trouble:
            raise self._failure(
                "server", f'{self.model} failed at "{name}": {quote(reply.trouble)}. Try again later', reply
            )
        said = None if reply.refusal or reply.is_filtered else read_answer(reply.text)
        if reply.is_cut_off or (said is None and is_broken_off(reply.text)):
            count = f" after {reply.tokens.output} tokens" if reply.tokens else ""
            raise self._failure(
                "truncated",
                f'The answer for "{name}" was cut off{count}: choose less effort or another model, and try again',
                reply,
            )
        if said is not None:
            return said
        if reply.refusal or reply.is_filtered or declines(reply.text):
            why = quote(reply.refusal or reply.text) or "its content filter stepped in"
            raise self._failure(
                "refusal",
                f'{self.model} declines to describe "{name}" ({why}): choose other photos, or use the offline writer',
                reply,
            )
        if not reply.text.strip():
            raise self._failure(
                "useless", f'The answer for "{name}" is empty: try again, or use the offline writer', reply
            )
        raise self._failure(
            "garbage",
            f'The answer for "{name}" holds no phrases ({quote(reply.text)}): '
            "choose another model, or use the offline writer",
            reply,
        )

    def _failure(self, kind: Kind, message: str, reply: Reply) -> ServiceError:
        return ServiceError(kind, message, is_answer=True, tokens=reply.tokens, cost=self._cost(reply))

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
            urls.append(data_url(small_jpeg(exemplar.path, exemplar.sha256)))
        except PhotoError as error:
            problem = error
    if not urls:
        why = str(problem) if problem else "it has no exemplars"
        raise InputError(f'There is no photo of "{request.class_name}" to show ({why}): use the offline writer')
    lost = len(request.exemplars) - len(urls)
    return tuple(urls), [f"{lost} of {len(request.exemplars)} photos could not be shown: {problem}"] if lost else []
