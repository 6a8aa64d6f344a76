import copy
from itertools import accumulate, cycle
from types import SimpleNamespace

import open_clip
import pytest
import torch
from torch.nn.functional import cosine_similarity, normalize

from spa_desktop.encoders import open_clip_towers as open_clip_towers_module
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.open_clip_towers import open_clip_towers, take_bfloat16
from spa_desktop.errors import InputError


@pytest.fixture(scope="module")
def random_photos():
    return torch.randn(3, 3, 224, 224, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def plain_vit(vit_file):
    return open_clip.create_model("ViT-B-16", pretrained=str(vit_file)).eval()


def test_vit_cls_equals_encode_image(vit, plain_vit, random_photos):
    features = vit.encode_images(random_photos)
    with torch.no_grad():
        expected = plain_vit.encode_image(random_photos, normalize=True)
    assert features.pooled.shape == (3, 64)
    assert torch.allclose(vit.project(features.pooled), expected, atol=1e-5)


def test_vit_gives_196_patches_of_48(vit, plain_vit, random_photos):
    features = vit.encode_images(random_photos)
    assert (vit.grid, vit.width, vit.dim, vit.input_size) == ((14, 14), 64, 48, 224)
    assert features.grid == (14, 14)
    projected = vit.project(features.patches)
    assert projected.shape == (3, 196, 48)
    assert torch.allclose(projected.norm(dim=-1), torch.ones(3, 196), atol=1e-5)
    # Against open_clip's own road to the tokens: the tower asked for them.
    plain_vit.visual.output_tokens = True
    with torch.no_grad():
        _, tokens = plain_vit.visual(random_photos)
        expected = normalize(tokens @ plain_vit.visual.proj, dim=-1)
    plain_vit.visual.output_tokens = False
    assert torch.allclose(projected, expected, atol=1e-5)


def test_vit_texts(vit, plain_vit):
    texts = ["a dog!", "a photo of a small red bird, seen from below"]
    features = vit.encode_texts(texts)
    ids = open_clip.get_tokenizer("ViT-B-16")(texts)
    with torch.no_grad():
        expected = plain_vit.encode_text(ids, normalize=True)
    assert torch.allclose(features.sentence, expected, atol=1e-5)
    # "!" is token 0, as is CLIP's padding: it must count as a word, the padding must not.
    assert features.mask.sum(dim=1).tolist() == [3, 11]
    lengths = features.tokens.norm(dim=-1)
    assert torch.allclose(lengths[features.mask], torch.ones(14), atol=1e-5)
    assert not lengths[~features.mask].any()


def test_lite_texts(lite):
    """What stands beside a text in its batch does not change it, nor do more texts than a batch holds."""
    features = lite.encode_texts(["a photo of a dog.", "accordion"])
    assert features.mask.sum(dim=1).tolist() == [6, 1]
    alone = lite.encode_texts(["accordion"])
    assert torch.allclose(features.sentence[1], alone.sentence[0], atol=1e-5)
    assert torch.allclose(features.tokens[1, features.mask[1]], alone.tokens[0, alone.mask[0]], atol=1e-5)
    many = lite.encode_texts([*("apple",) * 149, "accordion"])
    assert torch.allclose(many.sentence[149], alone.sentence[0], atol=1e-5)


def test_long_texts_are_cut_and_callers_can_know(lite, vit):
    for encoder in (lite, vit):
        long = "very " * 300 + "old dog"
        assert encoder.fits("an old dog")
        assert not encoder.fits(long)
        assert encoder.tokens.count("an old dog") == 5
        mask = encoder.encode_texts([long]).mask
        assert int(mask.sum()) == encoder.context_length - 2


def test_tokens_are_counted_of_the_text_that_is_read(lite, vit):
    """Texts are cleaned before they are cut into tokens: what is counted is what is left."""
    for encoder in (lite, vit):
        assert encoder.tokens.count("salt &amp; pepper") == 5
        assert encoder.fits("&amp; " * (encoder.context_length - 2))


def test_empty_text_has_no_words(lite, vit):
    for encoder in (lite, vit):
        features = encoder.encode_texts([""])
        assert not features.mask.any()
        assert torch.isfinite(features.sentence).all()
        with pytest.raises(ValueError, match="at least one"):
            encoder.encode_texts([])


def test_features_can_be_trained_on(lite, drawn):
    pooled = lite.encode_images(lite.preprocess(drawn)[None]).pooled
    weight = torch.zeros(lite.pooled_width, requires_grad=True)
    (pooled @ weight).sum().backward()
    assert weight.grad is not None
    assert weight.grad.any()


def small_clip(**vision):
    config = {"embed_dim": 32, "text_cfg": {"context_length": 77, "width": 32, "heads": 2, "layers": 1}}
    from open_clip.model import CLIP

    torch.manual_seed(0)
    model = CLIP(**config, vision_cfg={"image_size": 64, "width": 64, "layers": 1, **vision}).eval()
    model.visual.preprocess_cfg = {"size": 64}
    return model


@pytest.mark.parametrize(
    ("vision", "width", "grid"),
    [
        ({"patch_size": 16, "pool_type": "avg"}, 64, (4, 4)),
        ({"patch_size": 16, "final_ln_after_pool": True}, 64, (4, 4)),
        ({"layers": [1, 1, 1, 1], "width": 16}, 32, (2, 2)),
        ({"timm_model_name": "test_convnext", "timm_pool": "", "timm_proj": "linear"}, 64, (2, 2)),
        ({"timm_model_name": "test_vit", "timm_pool": "", "timm_proj": ""}, 32, (10, 10)),
    ],
    ids=["mean pooling", "norm after pooling", "ResNet", "ConvNeXt", "timm ViT with its own head"],
)
def test_other_towers(vision, width, grid):
    size = 160 if vision.get("timm_model_name") == "test_vit" else 64
    model = small_clip(**(vision | {"image_size": size}))
    model.visual.preprocess_cfg = {"size": size}
    plain = copy.deepcopy(model)
    encoder = ClipEncoder(open_clip_towers(model, open_clip.get_tokenizer("ViT-B-16"), name="small"), name="small")
    images = torch.randn(2, 3, size, size)
    features = encoder.encode_images(images)
    assert (encoder.width, encoder.dim, encoder.grid) == (width, 32, grid)
    assert features.patches.shape == (2, grid[0] * grid[1], width)
    with torch.no_grad():
        assert torch.allclose(encoder.project(features.pooled), plain.encode_image(images, normalize=True), atol=1e-5)


def test_a_tower_without_patches_is_refused():
    model = small_clip(patch_size=16, attentional_pool=True, attn_pooler_heads=2)
    with pytest.raises(InputError, match="no patch features"):
        open_clip_towers(model, open_clip.get_tokenizer("ViT-B-16"), name="coca")


def test_fingerprint_follows_weights_and_transform():
    def fingerprint(change=None, **transform):
        model = small_clip(patch_size=16)
        if change:
            change(model)
        model.visual.preprocess_cfg |= transform
        return open_clip_towers(model, open_clip.get_tokenizer("ViT-B-16"), name="small").fingerprint

    first = fingerprint()
    assert first == fingerprint()
    assert first != fingerprint(lambda model: model.visual.proj.data[0, 0].add_(1e-3))
    assert first != fingerprint(resize_mode="squash")


@pytest.mark.parametrize(("sharpness", "half_seconds", "chosen"), [(1, 1, "image text"), (40, 1, ""), (1, 3, "")])
def test_bfloat16_is_taken_where_it_is_quicker_and_features_stay(
    sharpness, half_seconds, chosen, vit_file, random_photos, monkeypatch, tmp_path
):
    """With much sharper attention rounding changes what is attended to. A computer decides once for each backbone."""
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path))
    ticks = accumulate(cycle([1, half_seconds, 1, 2]))
    monkeypatch.setattr(open_clip_towers_module, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    for _ in range(2):
        model = open_clip.create_model("ViT-B-16", pretrained=str(vit_file)).requires_grad_(False)
        for block in (*model.visual.transformer.resblocks, *model.transformer.resblocks):
            block.attn.in_proj_weight *= sharpness
        towers = open_clip_towers(model, open_clip.get_tokenizer("ViT-B-16"), name="ViT-B-16")
        encoder = ClipEncoder(towers, name="ViT-B-16")
        before = _features(encoder, random_photos)
        take_bfloat16(towers)
        assert (tmp_path / "precision" / encoder.fingerprint).read_text() == chosen
        for exact, half in zip(before, _features(encoder, random_photos), strict=True):
            assert torch.equal(exact, half) is not bool(chosen)
            assert (cosine_similarity(exact, half, dim=-1)[exact.norm(dim=-1) > 0] > 0.9998).all()
        monkeypatch.setattr(open_clip_towers_module, "time", None)  # not asked again


def _features(encoder, photos):
    images, texts = encoder.encode_images(photos), encoder.encode_texts(["a dog!", "a small red bird, seen from below"])
    return images.pooled, images.patches, texts.sentence, texts.tokens
