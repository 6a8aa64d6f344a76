"""The towers of an open_clip model, computed by torch on any device."""

from __future__ import annotations

import copy
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import torch
from open_clip.hf_model import HFTextEncoder
from open_clip.model import CLIP
from open_clip.modified_resnet import ModifiedResNet
from open_clip.timm_model import TimmModel
from open_clip.tokenizer import SimpleTokenizer
from open_clip.transformer import ResidualAttentionBlock, VisionTransformer, text_global_pool
from timm.models.efficientnet import EfficientNet
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, linear, scaled_dot_product_attention

from spa_desktop.encoders.encoder import TextTower, Towers, VisionTower
from spa_desktop.encoders.features import CHANNELS, read_most, texture_of, texture_width
from spa_desktop.encoders.transform import PhotoTransform
from spa_desktop.errors import InputError
from spa_desktop.paths import cache_dir, resources_dir
from spa_desktop.photos.opening import read_photo
from spa_desktop.plain_files import write_own_file
from spa_desktop.visible import QT_TRANSLATE_NOOP

# Image towers of open_clip models: from a batch of photos to pooled and patch features before the projection.
#
# A tower that ends in one linear map (all CLIP ViTs, spa-lite) gives features before that map and the map itself. Any
# other ending (attention pooling, a deeper head) is left in place: features come out in the joint space, the map is the
# identity, and a patch is what the ending makes of that patch alone. For attention pooling that is the value path of
# MaskCLIP (Zhou, Loy and Dai, "Extract Free Dense Labels from CLIP", 2022).
#
# An EfficientNet's pooled feature has a second part, from the stage before its last: what its classifier had no use for
# tells textures and packages apart that ImageNet has no names for. The projection does not read it. Behind the pooled
# feature it gives the texture of a finer map (:mod:`spa_desktop.encoders.features`), which is no part of
# the global feature.


class TransformerTower:
    """open_clip's own ViT. The pooled token and the patches share ``ln_post`` and the projection."""

    texture_width = 0

    def __init__(self, visual: Any) -> None:
        self.visual = visual
        self.projection: Tensor | None = visual.proj.detach().float().clone() if visual.proj is not None else None
        # Without its projection the tower's result is the pooled feature before it, whatever the pooling.
        visual.proj = None

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        result = self.visual.forward_intermediates(images, indices=1, normalize_intermediates=True, output_fmt="NLC")
        return result["image_features"], result["image_intermediates"][-1], tuple(self.visual.grid_size)


class ResNetTower:
    """CLIP's ResNet: attention pooling, so patches take its value path and the projection is the identity."""

    projection: Tensor | None = None
    texture_width = 0

    def __init__(self, visual: Any) -> None:
        self.visual = visual

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        blocks = self.visual.forward_intermediates(images, indices=1)
        final, pool = blocks["image_intermediates"][-1], self.visual.attnpool
        patches = pool.c_proj(pool.v_proj(final.flatten(2).transpose(1, 2)))
        return blocks["image_features"], patches, (final.shape[2], final.shape[3])


class TimmTower:
    """A timm trunk and open_clip's head: EfficientNet (spa-lite), ConvNeXt, SigLIP's ViT and others."""

    texture_width = 0

    def __init__(self, visual: Any) -> None:
        self.trunk, self.head = visual.trunk, visual.head
        self.projection: Tensor | None = None
        linear = getattr(self.head, "proj", None)
        if isinstance(linear, nn.Linear) and linear.bias is None and not hasattr(self.head, "pool"):
            self.projection = linear.weight.detach().float().T.clone()
            self.head = nn.Identity()

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        return self._finish(self.trunk.forward_features(images))

    def _finish(self, final: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        """From the trunk's last map or tokens to what the tower gives."""
        alone, grid = self._cells(final) if final.ndim == 4 else self._tokens(final)
        patches = self._ending(alone).reshape(len(final), grid[0] * grid[1], -1)
        return self._ending(final), patches, grid

    def _ending(self, final: Tensor) -> Tensor:
        result: Tensor = self.head(self.trunk.forward_head(final))
        return result

    def _cells(self, final: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Each cell of a map as a 1 x 1 map of its own."""
        if getattr(self.trunk, "output_fmt", "NCHW") == "NHWC":
            _, height, width, channels = final.shape
            return final.reshape(-1, 1, 1, channels), (height, width)
        _, channels, height, width = final.shape
        return final.permute(0, 2, 3, 1).reshape(-1, channels, 1, 1), (height, width)

    def _tokens(self, final: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Each token of a sequence as a sequence of its own."""
        prefix = int(getattr(self.trunk, "num_prefix_tokens", 0))
        patches = final[:, prefix:]
        _, count, channels = patches.shape
        alone = patches.reshape(-1, 1, channels)
        if prefix and getattr(self.trunk, "global_pool", "") == "avg":
            # Mean pooling drops the prefix tokens before it averages: give it some to drop.
            alone = torch.cat([alone.new_zeros(len(alone), prefix, channels), alone], dim=1)
        side = round(count**0.5)
        return alone, (side, count // side)


class EfficientNetTower(TimmTower):
    """EfficientNet (spa-lite): the last stage but one joins the pooled feature, the one before gives the texture."""

    def __init__(self, visual: Any) -> None:
        super().__init__(visual)
        # The first convolution of the next stage, before its batch norm is folded into it.
        reads = self.trunk.blocks[-2][0].conv_pw.weight.detach().float().flatten(1)
        self._directions = read_most(reads, min(CHANNELS, reads.shape[1]))
        self.texture_width = texture_width(self._directions.shape[1])

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        pooled, patches, _, _, grid = self._maps(images)
        return pooled, patches, grid

    def closely(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        pooled, patches, middle, fine, _ = self._maps(images)
        cells = fine.float().flatten(2).transpose(1, 2) @ self._directions.to(fine.device)
        return pooled, patches, middle.flatten(2).transpose(1, 2), cells

    def _maps(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, tuple[int, int]]:
        trunk = self.trunk
        fine = trunk.blocks[:-2](trunk.bn1(trunk.conv_stem(images)))
        middle = trunk.blocks[-2](fine)
        last = trunk.bn2(trunk.conv_head(trunk.blocks[-1](middle)))
        pooled, patches, grid = self._finish(last)
        texture = texture_of(fine, last, self._directions.to(fine.device))
        # A linear bottleneck has values of both signs, and the pooled feature none below zero: each sign on its own.
        parts = [pooled, middle.relu().mean((2, 3)), (-middle).relu().mean((2, 3)), texture]
        return torch.cat(parts, dim=-1), patches, middle, fine, grid


def vision_tower(model: Any, name: str) -> VisionTower:
    """The image tower of an open_clip `model`, which gives up its last projection to it.

    Raises InputError if the tower's patches have no place in the joint space (CoCa's attentional pooler).
    """
    visual = model.visual
    if isinstance(visual, VisionTransformer) and visual.attn_pool is None:
        return TransformerTower(visual)
    if isinstance(visual, ModifiedResNet):
        return ResNetTower(visual)
    if isinstance(visual, TimmModel):
        return EfficientNetTower(visual) if isinstance(visual.trunk, EfficientNet) else TimmTower(visual)
    text = QT_TRANSLATE_NOOP(
        "errors", "Backbone {name} gives no patch features: choose another, such as ViT-B-16/laion400m_e32"
    )
    raise InputError(text, name=name)


# Text towers of open_clip models: from texts to sentence and token features in the joint space.
#
# Word tokens go through the same last normalisation and projection as the sentence. For a linear projection, and for
# spa-lite's mean of tokens above all, this makes a sentence the (weighted) mean of its tokens before normalising.


class OpenClipTokens:
    """A tokenizer of open_clip, with what it lacks: lengths and the words' places."""

    def __init__(self, tokenizer: Any, context_length: int, vocabulary: int) -> None:
        """Take over a tokenizer; `vocabulary` is how many tokens the text tower knows."""
        self._tokenizer = tokenizer
        self.context_length, self._vocabulary = context_length, vocabulary
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
        """``(T, context_length)``, cut where a text is longer than the context.

        Raises InputError if the tokenizer is of another model, which the text tower would show by a crash.
        """
        ids: Tensor = self._tokenizer(list(texts), context_length=self.context_length)
        if (most := int(ids.max())) >= self._vocabulary:
            raise InputError(
                f"The tokenizer in {getattr(self._inner, 'name_or_path', 'open_clip')} is of another model: it gives "
                f"the number {most}, and the weights know {self._vocabulary} tokens. Put tokenizer_config.json and "
                "tokenizer.json of the model's own repository there"
            )
        return ids

    def words(self, ids: Tensor) -> Tensor:
        special = torch.tensor(sorted(self._special))
        mask = ~torch.isin(ids, special)
        if self._end is not None:
            # CLIP pads with 0, which is also the token of "!": only the place behind the end tells them apart.
            mask &= (ids == self._end).cumsum(dim=1) == 0
        return mask

    def count(self, text: str) -> int:
        if self._end is not None:
            return len(self._tokenizer.encode(text)) + 2
        return len(self._inner(self._tokenizer.clean_fn(text), truncation=False, verbose=False).input_ids)


class HuggingFaceTower:
    """A transformers encoder, open_clip's pooler and projection (spa-lite, RoBERTa pairs)."""

    is_causal = False

    def __init__(self, text: HFTextEncoder) -> None:
        self.text = text

    def __call__(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        attention = (ids != self.text.config.pad_token_id).long()
        # Padding is masked, so the columns that only pad change nothing but the time.
        longest = int(attention.sum(dim=1).max())
        ids, attention = ids[:, :longest], attention[:, :longest]
        states = self.text.transformer(input_ids=ids, attention_mask=attention)
        return self.text.proj(self.text.pooler(states, attention)), self.text.proj(states.last_hidden_state)


class CausalText:
    """open_clip's causal text transformer, of CLIP or alone: a token sees those before it, so padding is left out."""

    is_causal = True

    def __init__(self, text: Any) -> None:
        self.text = text
        self._pool, self._end = (
            (text.text_pool_type, getattr(text, "text_eos_id", None))
            if isinstance(text, CLIP)
            else (text.pool_type, text.eos_id)
        )

    @staticmethod
    def fits(text: Any) -> bool:
        """Whether the sentence is the last token that is read, and no token sees what comes after it."""
        pool = getattr(text, "text_pool_type", getattr(text, "pool_type", ""))
        is_plain = getattr(text, "cls_emb", None) is None and not getattr(text, "use_pad_mask", False)
        return is_plain and pool in ("argmax", "eos") and getattr(text, "attn_mask", None) is not None

    def __call__(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        text = self.text
        ends = (ids if self._pool == "argmax" else (ids == int(self._end or 0)).int()).argmax(dim=-1)
        length = int(ends.max()) + 1
        ids, mask = ids[:, :length], text.attn_mask[:length, :length]
        states = text.token_embedding(ids) + text.positional_embedding[:length]
        tokens = text.ln_final(text.transformer(states, attn_mask=mask))
        sentence = text_global_pool(tokens, ids, self._pool, eos_token_id=self._end)
        return _projected(sentence, text.text_projection), _projected(tokens, text.text_projection)


class PaddedText:
    """open_clip's text transformer where padding counts: a token sees all others (SigLIP), or the last one answers."""

    is_causal = False

    def __init__(self, forward: Callable[[Tensor], dict[str, Any]], projection: nn.Linear | Tensor | None) -> None:
        self._forward, self._projection = forward, projection

    def __call__(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        result = self._forward(ids)
        return result["text_features"], _projected(result["text_intermediates"][-1], self._projection)


def _projected(features: Tensor, projection: nn.Linear | Tensor | None) -> Tensor:
    if projection is None:
        return features
    made: Tensor = projection(features) if isinstance(projection, nn.Linear) else features @ projection
    return made


def text_tower(model: Any, name: str) -> TextTower:
    """The text tower of an open_clip `model`. Raises InputError if the model's texts have no token features."""
    text: Any = getattr(model, "text", None)
    if isinstance(text, HFTextEncoder):
        return HuggingFaceTower(text)
    transformer = model if text is None else text
    if CausalText.fits(transformer):
        return CausalText(transformer)
    last = {"normalize_intermediates": True}
    if text is None and hasattr(model, "forward_intermediates"):
        forward = partial(model.forward_intermediates, None, text_indices=1, normalize=False, **last)
        return PaddedText(forward, model.text_projection)
    if hasattr(text, "forward_intermediates"):
        return PaddedText(
            partial(text.forward_intermediates, indices=1, output_fmt="NLC", **last), text.text_projection
        )
    text = QT_TRANSLATE_NOOP(
        "errors", "Backbone {name} gives no token features: choose another, such as ViT-B-16/laion400m_e32"
    )
    raise InputError(text, name=name)


# Part of every fingerprint: to be raised when the same weights are to give other features.
_FEATURES_VERSION = 4


def open_clip_towers(model: Any, tokenizer: Any, *, name: str) -> Towers:
    """Take over an open_clip model, CLIP or CustomTextCLIP in float32: its image tower loses its last projection.

    Raises InputError if the model has no patch or token features.
    """
    model = model.eval().requires_grad_(False)
    transform = PhotoTransform(model.visual.preprocess_cfg)
    fingerprint, length = fingerprint_of(model, transform), int(model.context_length)
    vision, language = vision_tower(model, name), text_tower(model, name)
    text = getattr(model, "text", model)
    embedding = text.transformer.get_input_embeddings() if isinstance(text, HFTextEncoder) else text.token_embedding
    tokens = OpenClipTokens(tokenizer, length, int(embedding.num_embeddings))
    model = model.to(memory_format=torch.channels_last)
    return Towers(vision, language, tokens, transform, fingerprint, length, float(model.logit_scale.exp()), model.to)


def fingerprint_of(model: nn.Module, transform: PhotoTransform) -> str:
    """sha256 over the weights of an open_clip model that no tower was taken from, and over its transform."""
    digest = hashlib.sha256(json.dumps([_FEATURES_VERSION, transform.settings], sort_keys=True).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(f"{key} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()


# CLIP's transformers in bfloat16, on processors that multiply it in hardware: docs/adr/0040-bfloat16.md.

_LEAST_COSINE = 0.9999  # to float32: such features are of the same backbone
_TRIED = 8  # photos


class _HalfAttention(nn.Module):
    """Self-attention of a block in bfloat16. What it is added to stays float32, with its outliers."""

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        self.attention = attention.bfloat16()

    def forward(self, states: Tensor, *_: Tensor, attn_mask: Tensor | None = None, **__: bool) -> tuple[Tensor]:
        attention, mask = self.attention, None if attn_mask is None else attn_mask.bfloat16()
        threefold = linear(states.bfloat16(), attention.in_proj_weight, attention.in_proj_bias)
        heads = threefold.view(*states.shape[:2], 3, attention.num_heads, attention.head_dim)
        queries, keys, values = heads.permute(2, 0, 3, 1, 4)
        mixed = scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
        return (attention.out_proj(mixed.transpose(1, 2).flatten(2)).float(),)


class _HalfFeedForward(nn.Module):
    """The same for a block's feed-forward."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers.bfloat16()

    def forward(self, states: Tensor) -> Tensor:
        result: Tensor = self.layers(states.bfloat16()).float()
        return result


def take_bfloat16(towers: Towers) -> None:
    """Let CLIP's transformers compute in bfloat16 where that is quicker here, and their features stay what they are.

    Photos that come with the app, and their names, are encoded both ways. The answer is written into the cache folder:
    a computer decides once for each backbone.
    """
    vision, language, tokens = towers.vision, towers.language, towers.tokens
    assert tokens is not None, "a model of open_clip reads texts"
    halves: dict[str, tuple[Any, Callable[[Tensor], Sequence[Tensor]]]] = {}
    if isinstance(vision, TransformerTower) and _is_plain(vision.visual.transformer):
        halves["image"] = vision.visual, partial(_with_projected, vision)
    if isinstance(language, CausalText) and _is_plain(language.text.transformer):
        halves["text"] = language.text, language
    file = cache_dir() / "precision" / towers.fingerprint
    try:
        chosen = file.read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        photos = sorted((resources_dir() / "photos").rglob("*.jpg"))
        photos = photos[:: max(len(photos) // _TRIED, 1)][:_TRIED]
        side = 2 * towers.transform.input_size
        inputs = {
            "image": [towers.transform(read_photo(photo, at_least=side).image)[None] for photo in photos],
            "text": [tokens.ids([text.format(photo.parent.name) for photo in photos]) for text in _TEXTS],
        }
        chosen = [name for name, tower in halves.items() if _pays(*tower, inputs[name])]
        with suppress(OSError):
            write_own_file(file, " ".join(chosen).encode())
    for name, (owner, _) in halves.items():
        if name in chosen:
            _halve(owner.transformer)


_TEXTS = "{}", "a photo of a {}", "{} with white spots, seen from the side"


def _is_plain(transformer: Any) -> bool:
    return bool(transformer.batch_first) and all(
        type(block) is ResidualAttentionBlock for block in transformer.resblocks
    )


def _halve(transformer: Any) -> Any:
    for block in transformer.resblocks:
        block.attn, block.mlp = _HalfAttention(block.attn), _HalfFeedForward(block.mlp)
    return transformer


def _with_projected(vision: VisionTower, images: Tensor) -> list[Tensor]:
    """Pooled and patches, before and behind the projection."""
    features = list(vision(images)[:2])
    return features if vision.projection is None else [*features, *(part @ vision.projection for part in features)]


def _pays(owner: Any, encode: Callable[[Tensor], Sequence[Tensor]], inputs: Sequence[Tensor]) -> bool:
    """Whether `encode` is quicker with the transformer of `owner` in bfloat16, and gives nearly the same features."""
    single, quicker, cosines = owner.transformer, 0, [torch.ones(1)]
    half = _halve(copy.deepcopy(single))
    for batch in inputs:
        features, seconds = [], []
        for owner.transformer in (half, single):
            began = time.perf_counter()
            features.append(encode(batch))
            seconds.append(time.perf_counter() - began)
        quicker += seconds[0] < seconds[1]
        cosines += [cosine_similarity(a, b, dim=-1).flatten() for a, b in zip(*features, strict=True)]
    return 2 * quicker > len(inputs) and bool(torch.cat(cosines).min() >= _LEAST_COSINE)
