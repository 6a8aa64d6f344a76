from __future__ import annotations

import torch

from spa_desktop.descriptions.evidence import Evidence


def _texts(encoder, *texts):  # type: ignore[no-untyped-def]
    return encoder.encode_texts(texts).sentence


def test_what_only_the_class_shows_stands_out(encoder, make_photo) -> None:  # type: ignore[no-untyped-def]
    own = [make_photo({0: "red", 1: "wing"}, "a"), make_photo({1: "red", 2: "wing"}, "b")]
    rival = [make_photo({0: "red", 3: "wheel"}, "c"), make_photo({1: "red", 3: "wheel"}, "d")]
    texts = _texts(encoder, "red", "wings", "wheels")
    red, wings, wheels = Evidence(encoder, texts).distinct(own, [rival], texts).tolist()
    assert wings > 0.7 > abs(red)
    assert wheels < -0.7


def test_the_numbers_are_the_formula(encoder, make_photo) -> None:  # type: ignore[no-untyped-def]
    groups = [
        [make_photo({0: "red"}, "a"), make_photo({1: "spot"}, "b")],
        [make_photo({2: "leaf"}, "c")],
        [make_photo({3: "red"}, "d"), make_photo({0: "water"}, "e")],
    ]
    texts = _texts(encoder, "red", "spot", "leaf")
    similar = []
    for group in groups:
        rows = []
        for exemplar in group:
            features = exemplar.load_features()
            patches = torch.nn.functional.normalize(features.patches.mean(0), dim=1) @ texts.T
            pooled = torch.nn.functional.normalize(features.pooled.mean(0), dim=0) @ texts.T
            rows.append((pooled + patches.mean(0)) / 2)  # four patches: all of them are among the nearest eight
        similar.append(torch.stack(rows))
    means = torch.stack([rows.mean(0) for rows in similar])
    within = torch.stack([((rows - rows.mean(0)) ** 2).mean(0) for rows in similar]).mean(0)
    expected = (means[0] - means.mean(0)) / (within + means.var(0) + 1e-4).sqrt()
    found = Evidence(encoder, texts).distinct(groups[0], groups[1:], texts)
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0.02)  # photos are kept in half precision


def test_an_exemplar_is_loaded_once(encoder, make_photo) -> None:  # type: ignore[no-untyped-def]
    calls: list[str] = []
    own, rival = [make_photo({0: "red"}, "a", calls)], [make_photo({0: "green"}, "b", calls)]
    bank = _texts(encoder, "red", "green")
    evidence = Evidence(encoder, bank)
    first = evidence.distinct(own, [rival], bank)
    evidence.distinct(rival, [own], _texts(encoder, "wing"))
    evidence.best_patch(own, bank[0])
    assert torch.equal(evidence.distinct(own, [rival], bank), first)
    assert calls == ["a", "b"]


def test_the_best_patch_is_where_it_is_seen(encoder, make_photo) -> None:  # type: ignore[no-untyped-def]
    own = [make_photo({0: "red"}, "a"), make_photo({2: "wing"}, "b")]
    support = Evidence(encoder, _texts(encoder, "red")).best_patch(own, _texts(encoder, "wings")[0])
    assert support is not None
    assert (support.exemplar, support.sha256, support.patch) == (1, "sha-b", 2)
    assert 0.8 < support.similarity <= 1


def test_without_photos_there_is_no_evidence(encoder, make_photo) -> None:  # type: ignore[no-untyped-def]
    texts = _texts(encoder, "red", "green")
    evidence = Evidence(encoder, texts)
    assert evidence.distinct([], [[make_photo({0: "red"}, "a")]], texts).tolist() == [0, 0]
    assert evidence.best_patch([], texts[0]) is None


def test_without_rivals_the_texts_are_compared_with_each_other(encoder, make_photo) -> None:  # type: ignore[no-untyped-def]
    texts = _texts(encoder, "red", "green", "wing")
    red, green, wing = Evidence(encoder, texts).distinct([make_photo({0: "red"}, "a")], [], texts).tolist()
    assert red > 1 > 0 > max(green, wing)
