import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.spa.exemplars import choose_exemplars, mean_looks


def planted(clusters=4, each=10, width=16, noise=0.05, seed=0):
    """Photos in clusters, cluster by cluster, and the clusters' centres."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.linalg.qr(torch.randn(width, width, generator=generator))[0][:clusters]
    spread = noise * torch.randn(clusters, each, width, generator=generator)
    return (centres[:, None] + spread).flatten(0, 1)


@pytest.mark.parametrize("seed", range(5))
def test_one_photo_a_cluster_and_the_nearest_to_its_centre(seed):
    photos = planted(seed=seed)
    chosen = choose_exemplars(photos, 4, seed=seed)
    assert sorted(index // 10 for index in chosen) == [0, 1, 2, 3]
    unit = normalize(photos, dim=-1).reshape(4, 10, -1)
    for index in chosen:
        cluster = unit[index // 10]
        away = (cluster - cluster.mean(dim=0)).norm(dim=-1)
        assert index % 10 == int(away.argmin())


def test_the_largest_cluster_comes_first():
    photos = planted(clusters=3, each=10)
    photos = torch.cat([photos[:4], photos[10:20], photos[20:26]])
    places = ["small"] * 4 + ["large"] * 10 + ["middle"] * 6
    assert [places[index] for index in choose_exemplars(photos, 3)] == ["large", "middle", "small"]


def test_near_duplicates_are_never_both_chosen():
    photos = planted(clusters=3, each=1)
    generator = torch.Generator().manual_seed(1)
    bursts = torch.cat([photos + 0.002 * torch.randn(3, 16, generator=generator) for _ in range(6)])
    chosen = choose_exemplars(bursts, 6)
    assert len(chosen) == 3
    unit = normalize(bursts[chosen], dim=-1)
    assert float((unit @ unit.T - torch.eye(3)).max()) < 0.995


def test_brightness_alone_makes_no_new_photo():
    photo = torch.rand(1, 16)
    assert len(choose_exemplars(torch.cat([photo, 2 * photo, 5 * photo]), 3)) == 1


@pytest.mark.parametrize("seed", [-1, 2**32 + 7, 2**63 - 1, -(2**63)])
def test_every_seed_that_a_project_may_have_will_do(seed):
    photos = planted()
    assert choose_exemplars(photos, 4, seed=seed) == choose_exemplars(photos, 4, seed=seed % 2**32)


def test_one_photo_equal_photos_and_none():
    assert choose_exemplars(torch.rand(1, 8), 6) == [0]
    assert choose_exemplars(torch.rand(1, 8).expand(7, -1), 6) == [0]
    assert choose_exemplars(torch.zeros(0, 8), 6) == []


def test_very_many_photos_are_thinned_out_evenly():
    """Ten thousand photos: comparing all of them with each other would take minutes and gigabytes."""
    generator = torch.Generator().manual_seed(0)
    places = torch.eye(8, 32).repeat(1250, 1) + 0.1 * torch.randn(10_000, 32, generator=generator)
    chosen = choose_exemplars(places, 8, seed=0)
    assert len(set(chosen)) == 8
    assert max(chosen) > 5000 > min(chosen)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("count", [5, 9, 20])
def test_a_wrong_photo_is_left_out_and_the_others_are_not(count, seed):
    """A cluster of its own: the photo nearest to its centre would be the wrong one."""
    looks = planted(clusters=5, each=1, width=64, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    photos = looks[0] + 0.05 * torch.randn(count, 64, generator=generator)
    assert sorted(choose_exemplars(photos, count, seed=seed)) == list(range(count))
    wrong = count // 2
    photos[wrong] = looks[3] + 0.05 * torch.randn(64, generator=generator)
    assert sorted(choose_exemplars(photos, count, seed=seed)) == [row for row in range(count) if row != wrong]


def test_what_is_hard_to_tell_alone_is_told_beside_the_class_that_it_is_of():
    """Two kinds of one thing, as alike as two birds: a photo of the other is as near as some of its own."""
    generator = torch.Generator().manual_seed(0)
    shared, one, other, third = torch.linalg.qr(torch.randn(64, 64, generator=generator))[0][:4]

    def photos(kind, count):
        return 3 * shared + 0.6 * kind + 0.08 * torch.randn(count, 64, generator=generator)

    mixed = torch.cat([photos(one, 7), photos(other, 1)])
    looks = mean_looks([photos(other, 6), photos(third, 6)])
    assert 7 in choose_exemplars(mixed, 8)
    assert sorted(choose_exemplars(mixed, 8, others=looks)) == list(range(7))


def test_of_photos_of_which_more_than_two_in_five_are_amiss_three_in_five_stay():
    generator = torch.Generator().manual_seed(0)
    own, other = torch.eye(2, 16)
    photos = torch.cat([own.expand(5, -1), other.expand(4, -1)]) + 0.1 * torch.randn(9, 16, generator=generator)
    assert len(choose_exemplars(photos, 9, others=[other])) == 6
