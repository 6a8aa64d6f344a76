"""Descriptions into the project: those that were paid for as they arrive, the others all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from spa_desktop.descriptions.model import ClassDescription, PhraseSource, TokenUse, Writer, WrittenPhrase, cache_key
from spa_desktop.project import Transaction, records
from spa_desktop.workbench.description_codec import description_to_json
from spa_desktop.workbench.description_requests import Shown
from spa_desktop.workbench.session import Session
from spa_desktop.workbench.spending import SETTING, spending


@dataclass(frozen=True)
class Written:
    """A text for a class.

    Attributes:
        class_id: whose.
        text: what the writer wrote.
        is_new: False if it was in the project's cache.
    """

    class_id: int
    text: ClassDescription
    is_new: bool


class Keeper:
    """Stores what one run of a writer brings. However many transactions that takes, it is one step of undo.

    Attributes:
        stored: descriptions by class name.
    """

    def __init__(self, session: Session, writer: Writer, shown: Shown, *, keeps_own: bool = False) -> None:
        """Make ready.

        Args:
            session: the open project.
            writer: who writes.
            shown: what the writer is shown.
            keeps_own: phrases that a person wrote stay in the text, each in its row.
        """
        self._session, self._writer, self._shown, self._keeps_own = session, writer, shown, keeps_own
        self._names = {known.id: known.name for known in session.project.classes()}
        self._has_begun = False
        self.stored: dict[str, records.Description] = {}

    def keep(self, written: list[Written], *, of: int) -> None:
        """Store texts in one transaction, as the first or a further part of `of` texts."""
        summary = f"{of} classes by {self._writer.name}"
        if len(written) == 1 and (of == 1 or self._has_begun):
            summary = f"{self._names[written[0].class_id]} by {self._writer.name}"
        with self._session.project.transaction("describe", summary, undo=self._undo) as tx:
            self._session.bind_backbone(tx)
            for item in written:
                if item.is_new:
                    # Before the text is stored: a total that was never kept begins with the texts that are there.
                    self._count(tx, item.text.tokens, item.text.cost)
                self._store(tx, item)
        self._has_begun = True

    def count(self, class_id: int, tokens: TokenUse | None, cost: float | None) -> None:
        """Add what an answer cost that is of no use."""
        summary = f"{self._names[class_id]} by {self._writer.name}: no use, but counted"
        # Settings are not undone: this is no step of its own.
        with self._session.project.transaction("describe", summary, undo="with_previous") as tx:
            self._count(tx, tokens, cost)

    @property
    def _undo(self) -> Literal["own", "with_previous"]:
        return "with_previous" if self._has_begun else "own"

    def _count(self, tx: Transaction, tokens: TokenUse | None, cost: float | None) -> None:
        if self._writer.destination is not None:
            tx.set_setting(SETTING, spending(self._session.project).plus(tokens, cost).to_json())

    def _store(self, tx: Transaction, item: Written) -> None:
        key, shown = item.class_id, self._shown
        tx.set_exemplars(key, [photo.id for photo in shown.exemplars[key]])
        new = _record(key, item.text, shown.photo_ids(key))
        old = self._session.project.description(key)
        if old is not None and self._keeps_own:
            new = with_own_phrases(new, old)
        # The same words again leave what they can be compared with, and an approval, as they are.
        if old is None or replace(old, is_approved=False, created="", cost=new.cost) != new:
            tx.put_description(new)
        self.stored[self._names[key]] = new
        if self._writer.is_cached:
            tx.cache_description(cache_key(self._writer, shown.request(key)), description_to_json(item.text))


def with_own_phrases(new: records.Description, old: records.Description) -> records.Description:
    """A text that was written anew, with the phrases of the one before that a person wrote, in the rows they had.

    What stands in such a row is the person's word in place of the writer's.
    """
    own = {row: phrase for row, phrase in enumerate(old.phrases) if phrase.provenance == "edited"}
    said = {phrase.text.casefold() for phrase in own.values()}
    phrases = [phrase for phrase in new.phrases if phrase.text.casefold() not in said]
    for row, phrase in own.items():
        phrases[row : row + 1] = [phrase]
    return replace(new, phrases=tuple(phrases))


def _record(class_id: int, text: ClassDescription, photo_ids: Mapping[str, int]) -> records.Description:
    def place(support: PhraseSource | None) -> tuple[records.Support, ...]:
        if support is None or support.sha256 not in photo_ids:
            return ()
        return (records.Support(photo_ids[support.sha256], support.patch),)

    def phrase(item: WrittenPhrase) -> records.Phrase:
        return records.Phrase(item.text, item.provenance, place(item.support), item.knowledge)

    return records.Description(
        class_id=class_id,
        phrases=tuple(phrase(item) for item in text.phrases),
        sentence=text.sentence,
        writer=text.writer,
        model=text.model,
        instruction_version=text.instructions_version,
        input_tokens=text.tokens.input if text.tokens else 0,
        output_tokens=text.tokens.output if text.tokens else 0,
        cost=text.cost,
    )
