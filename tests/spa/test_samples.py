import torch

from spa_desktop.spa.memory import ClassSamples, ClassText, KeptPhotos, as_kept


def numbered(key, count, chunk, *, views=1, patches=3, dim=3):
    """A class whose n-th photo is all n, given in chunks; counts how often it was read."""
    numbers = torch.arange(count, dtype=torch.float32)
    pooled = numbers[:, None, None].expand(-1, views, 4)
    read = []

    def chunks():
        read.append(key)
        for part in numbers.split(chunk):
            yield part[:, None, None, None].expand(-1, views, patches, dim)

    return ClassSamples(key, pooled, chunks, ClassText.from_name(torch.ones(dim))), read


def first_two(patches, label, rows):
    """Selects the first two patches, and marks them with the class they were selected for."""
    return patches[..., :2, :] + 100 * label


def test_phrases_are_the_mean_of_their_words():
    tokens = torch.tensor([[[3.0, 0.0], [0.0, 4.0], [9.0, 9.0]], [[0.0, 2.0], [5.0, 5.0], [5.0, 5.0]]])
    mask = torch.tensor([[True, True, False], [True, False, False]])
    text = ClassText.from_tokens(torch.ones(2), torch.zeros(2), tokens, mask)
    assert torch.allclose(text.phrases, torch.tensor([[0.6, 0.8], [0.0, 1.0]]))


def test_phrases_without_words_are_left_out():
    tokens = torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([[True, True], [False, False], [True, False]])
    assert ClassText.from_tokens(torch.ones(4), torch.ones(4), tokens, mask).phrases.shape == (2, 4)
    description = torch.arange(4.0)
    nothing = ClassText.from_tokens(torch.ones(4), description, tokens, torch.zeros(3, 2, dtype=torch.bool))
    assert torch.equal(nothing.phrases, description[None])


def test_photos_keep_their_patches_whatever_the_chunks():
    for chunk in (1, 3, 7, 100):
        samples = [numbered("a", 20, chunk)[0], numbered("b", 5, chunk)[0]]
        kept = KeptPhotos.gather(samples, [4, 7], first_two, limit=8, folds=3, seed=1)
        assert kept.labels.tolist() == [4] * 8 + [7] * 5
        assert torch.equal(kept.pooled[:, 0, 0], kept.patches[:, 0, 0, 0].float())
        assert kept.selected.shape == (13, 1, 2, 3)
        assert torch.equal(kept.pooled[:, 0, 0] + 100 * kept.labels, kept.selected[:, 0, 1, 2].float())
        assert len(set(kept.pooled[:8, 0, 0].tolist())) == 8
        assert kept.pooled[8:, 0, 0].tolist() == [0, 1, 2, 3, 4]


def test_a_class_of_thousands_keeps_only_its_limit():
    samples, read = numbered("many", 2000, 16, views=2, patches=9)
    kept = KeptPhotos.gather([samples], [0], first_two, limit=32, folds=4, seed=0)
    assert kept.patches.shape == (32, 2, 9, 3)
    assert kept.pooled.shape == (32, 2, 4)
    assert kept.patches.dtype == kept.selected.dtype == torch.float16
    # What is kept owns its memory: a view would hold all that it was cut from.
    assert kept.patches.untyped_storage().nbytes() == kept.patches.nbytes
    assert kept.pooled.untyped_storage().nbytes() == kept.pooled.nbytes
    assert read == ["many"]
    # From all over the class, not its first photos.
    assert kept.pooled[:, 0, 0].max() > 1500


def test_no_fold_ever_holds_out_a_whole_class():
    samples = [numbered(str(count), count, 4)[0] for count in (1, 2, 3)]
    kept = KeptPhotos.gather(samples, [0, 1, 2], first_two, limit=10, folds=4, seed=0)
    assert kept.folds[kept.labels == 0].tolist() == [-1]
    for fold in range(4):
        assert set(kept.where(kept.folds != fold).labels.tolist()) == {0, 1, 2}


def test_what_is_kept_is_what_was_summed():
    patches = torch.randn(40, 1, 3, 8, generator=torch.Generator().manual_seed(0))
    sample = ClassSamples("a", torch.zeros(40, 1, 4), lambda: iter([patches]), ClassText.from_name(torch.ones(8)))
    seen = []
    KeptPhotos.gather([sample], [0], lambda part, label, rows: seen.append(part) or part, limit=40, folds=2, seed=0)
    assert torch.equal(seen[0], as_kept(patches))
    assert not torch.equal(seen[0], patches)
    assert torch.equal(as_kept(as_kept(patches)), as_kept(patches))
