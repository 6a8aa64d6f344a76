"""MiniLM's tokenizer by the library `tokenizers` alone: the same ids as by way of open_clip and transformers."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import ftfy
import torch
from tokenizers import Tokenizer
from torch import Tensor


class WordPieces:
    """A BERT tokenizer, with lengths, the words' places and their text."""

    padding = 0

    def __init__(self, file: Path, context_length: int) -> None:
        """Read a ``tokenizer.json``; texts are cut at `context_length` tokens."""
        self._whole, self._cut = Tokenizer.from_file(str(file)), Tokenizer.from_file(str(file))
        self._whole.no_truncation()
        self._whole.no_padding()
        self._cut.enable_truncation(context_length)
        self._cut.enable_padding(length=context_length, pad_id=self.padding)
        # An unknown word is a word still: a text of nothing else must not be left without tokens.
        special = ("[PAD]", "[CLS]", "[SEP]", "[MASK]")
        self._special = torch.tensor([self._whole.token_to_id(token) for token in special])

    def ids(self, texts: Sequence[str]) -> Tensor:
        """``(T, context_length)``, cut where a text is longer than the context."""
        return torch.tensor([one.ids for one in self._cut.encode_batch([_cleaned(text) for text in texts])])

    def words(self, ids: Tensor) -> Tensor:
        """``(T, L)`` bool, True on words: not on start, end or padding."""
        return ~torch.isin(ids, self._special)

    def count(self, text: str) -> int:
        """Tokens of `text`, start and end included, uncut."""
        return len(self._whole.encode(_cleaned(text)).ids)

    def texts(self, text: str) -> list[str]:
        """The text of each word token of `text`, in the order of the True places of its mask."""
        ids = self.ids([text])
        words = (str(self._whole.id_to_token(token)) for token in ids[self.words(ids)].tolist())
        return [word.removeprefix("##") for word in words]


def _cleaned(text: str) -> str:
    """As open_clip cleans what it hands to a tokenizer of Hugging Face."""
    return " ".join(html.unescape(html.unescape(ftfy.fix_text(text))).split())
