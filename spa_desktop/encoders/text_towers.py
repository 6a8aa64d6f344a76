"""Text towers of open_clip models: from texts to sentence and token features in the joint space.

Word tokens go through the same last normalisation and projection as the sentence. For a linear projection, and for
spa-lite's mean of tokens above all, this makes a sentence the (weighted) mean of its tokens before normalising.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from open_clip.hf_model import HFTextEncoder
from open_clip.tokenizer import SimpleTokenizer
from torch import Tensor

from spa_desktop.encoders.towers import TextTower
from spa_desktop.errors import InputError


class OpenClipTokens:
    """A tokenizer of open_clip, with what it lacks: lengths, the words' places, their text."""

    def __init__(self, tokenizer: Any, context_length: int) -> None:
        self._tokenizer = tokenizer
        self.context_length = context_length
        inner: Any = getattr(tokenizer, "tokenizer", None)
        if isinstance(tokenizer, SimpleTokenizer):
            self._special = {tokenizer.sot_token_id, tokenizer.eot_token_id}
            self._end: int | None = tokenizer.eot_token_id
        else:
            # An unknown word is a word still: a text of nothing else must not be left without tokens.
            self._special = set(inner.all_special_ids) - {inner.unk_token_id}
            self._end = None
        self._inner = inner

    def ids(self, texts: Sequence[str]) -> Tensor:
        """``(T, context_length)``, cut where a text is longer than the context."""
        ids: Tensor = self._tokenizer(list(texts), context_length=self.context_length)
        return ids

    def words(self, ids: Tensor) -> Tensor:
        """``(T, L)`` bool, True on words: not on start, end or padding."""
        special = torch.tensor(sorted(self._special))
        mask = ~torch.isin(ids, special)
        if self._end is not None:
            # CLIP pads with 0, which is also the token of "!": only the place behind the end tells them apart.
            mask &= (ids == self._end).cumsum(dim=1) == 0
        return mask

    def count(self, text: str) -> int:
        """Tokens of `text`, start and end included, uncut."""
        if self._end is not None:
            return len(self._tokenizer.encode(text)) + 2
        return len(self._inner(self._tokenizer.clean_fn(text), truncation=False, verbose=False).input_ids)

    def texts(self, text: str) -> list[str]:
        """The text of each word token of `text`, in the order of the True places of its mask."""
        ids = self.ids([text])
        words = ids[self.words(ids)].tolist()
        if self._end is not None:
            return [self._tokenizer.decoder[token].replace("</w>", "") for token in words]
        return [str(piece).removeprefix("##").removeprefix("▁") for piece in self._inner.convert_ids_to_tokens(words)]


class HuggingFaceTower:
    """A transformers encoder, open_clip's pooler and projection (spa-lite, RoBERTa pairs)."""

    def __init__(self, text: HFTextEncoder) -> None:
        self.text = text

    def __call__(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        attention = (ids != self.text.config.pad_token_id).long()
        # Padding is masked, so the columns that only pad change nothing but the time.
        longest = int(attention.sum(dim=1).max())
        ids, attention = ids[:, :longest], attention[:, :longest]
        states = self.text.transformer(input_ids=ids, attention_mask=attention)
        return self.text.proj(self.text.pooler(states, attention)), self.text.proj(states.last_hidden_state)


class TransformerText:
    """open_clip's own text transformer, inside the model (CLIP) or as a tower (CustomTextCLIP)."""

    def __init__(self, forward: Callable[[Tensor], dict[str, Any]], projection: Any) -> None:
        self._forward, self._projection = forward, projection

    def __call__(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        result = self._forward(ids)
        tokens = result["text_intermediates"][-1]
        if callable(self._projection):
            tokens = self._projection(tokens)
        elif self._projection is not None:
            tokens = tokens @ self._projection
        return result["text_features"], tokens


def text_tower(model: Any, name: str) -> TextTower:
    """The text tower of an open_clip `model`.

    Raises:
        InputError: if the model's texts have no token features.
    """
    text: Any = getattr(model, "text", None)
    if isinstance(text, HFTextEncoder):
        return HuggingFaceTower(text)
    if text is None and hasattr(model, "forward_intermediates"):
        return TransformerText(
            lambda ids: model.forward_intermediates(
                text=ids, text_indices=1, normalize_intermediates=True, normalize=False
            ),
            model.text_projection,
        )
    if hasattr(text, "forward_intermediates"):
        return TransformerText(
            lambda ids: text.forward_intermediates(ids, indices=1, normalize_intermediates=True, output_fmt="NLC"),
            text.text_projection,
        )
    raise InputError(f"Backbone {name} gives no token features: choose another, such as ViT-B-16/laion400m_e32")
