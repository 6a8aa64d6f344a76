"""What is worth a look: photos that may be labelled wrong, doubted ones, near-duplicates, classes of few photos."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from spa_desktop.jobs import Job
from spa_desktop.photos.opening import is_thumbnail
from spa_desktop.project import Project
from spa_desktop.project.records import PhotoRecord, TestAnswer
from spa_desktop.spa.config import SpaConfig
from spa_desktop.workbench.corrections import confirmed_labels
from spa_desktop.workbench.open_project import OpenProject, refs

if TYPE_CHECKING:
    from torch import Tensor

# Training photos that are all but the same as a test photo, found by the small pictures that a project keeps.

# A difference hash (Neal Krawetz, "Kind of Like That", 2013) of 8 x 8 bits says which pictures may be the same, and
# 16 x 16 pixels whether they are: flat pictures have hashes alike. Pages of one layout have these alike too: there the
# detail says it, 64 x 64 grey values without what is blurred. Its correlation, measured on 40 pages each drawn in three
# layouts: different pages 0.84 at most, forms with other figures 0.953; copies, as JPEG, smaller, brighter, or cut
# by up to 2 % on all sides alike, 0.977 at least. Unevenly cut pages are missed. Photos are seldom so light.
_BITS = 6  # that may differ
_LEVELS = 10.0  # of 255, mean absolute difference of colours
_LIGHT = 225.0  # mean level of a page, as a drawn one has 234 and more
_SIDE, _CHUNK = 16, 200
_FINE, _CUT, _CUTS, _CORRELATION = 64, 0.02, 9, 0.955  # pixels; share cut off each side, in so many steps to twice that

Print = tuple[NDArray[np.uint64], NDArray[np.int16]]


def near_duplicates(project: Project, learned: Sequence[int], tests: Sequence[int], job: Job) -> list[tuple[int, int]]:
    """Pairs of a training photo and a test photo that are all but the same."""
    if not learned or not tests:
        return []
    keys, prints = zip(*_prints(project, [*learned, *tests], job), strict=True)
    hashes = np.array([pair[0] for pair in prints], dtype=np.uint64)
    places = {key: place for place, key in enumerate(keys)}
    rows = np.array([places[key] for key in learned if key in places], dtype=np.int64)
    pairs = []
    for key in tests:
        place = places.get(key)
        if place is None or not len(rows):
            continue
        job.check()
        near = rows[np.bitwise_count(hashes[rows] ^ hashes[place]) <= _BITS]
        pairs += [(keys[row], key) for row in near if np.abs(prints[row][1] - prints[place][1]).mean() <= _LEVELS]
    pages = [pair for pair in pairs if prints[places[pair[1]]][1].mean() >= _LIGHT]
    others = {*pages}.difference(_same_pages(project, pages, job))
    return [pair for pair in pairs if pair not in others]


def _same_pages(project: Project, pairs: Sequence[tuple[int, int]], job: Job) -> Iterator[tuple[int, int]]:
    """Those of some pairs whose detail is the same, also where one of the two was cut a little."""
    learned_of: dict[int, list[int]] = defaultdict(list)
    for learned, test in pairs:
        learned_of[test].append(learned)
    pictures = _pictures(project, sorted({learned for learned, _ in pairs}), 2 * _FINE, job)
    details = {key: _detail(picture, _CUT).astype(np.float16) for key, picture in pictures}
    for test, picture in _pictures(project, list(learned_of), 2 * _FINE, job):
        views = np.stack([_detail(picture, cut) for cut in np.linspace(0, 2 * _CUT, _CUTS)])
        for learned in filter(details.__contains__, learned_of[test]):
            if (views @ details[learned]).max() >= _CORRELATION:
                yield learned, test


def _detail(picture: Image.Image, cut: float) -> NDArray[np.float32]:
    """What is left of a picture's grey values, a share of it cut off at each side, without the blurred ones."""
    edges = picture.width * cut, picture.height * cut, picture.width * (1 - cut), picture.height * (1 - cut)
    grey = picture.convert("L").resize((_FINE, _FINE), Image.Resampling.BILINEAR, box=edges)
    blurred = grey.filter(ImageFilter.GaussianBlur(_FINE / 32))
    detail = np.asarray(grey, dtype=np.float32).ravel() - np.asarray(blurred, dtype=np.float32).ravel()
    return detail / max(float(np.linalg.norm(detail)), 1.0)


def _prints(project: Project, photo_ids: Sequence[int], job: Job) -> Iterator[tuple[int, Print]]:
    for key, picture in _pictures(project, photo_ids, 2 * _SIDE, job):
        grey = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
        bits = np.packbits((grey[:, 1:] > grey[:, :-1]).ravel())
        small = picture.resize((_SIDE, _SIDE), Image.Resampling.BOX)
        yield key, (bits.view(np.uint64)[0], np.asarray(small, dtype=np.int16))


def _pictures(project: Project, photo_ids: Sequence[int], side: int, job: Job) -> Iterator[tuple[int, Image.Image]]:
    """The small pictures of photos that can be read, both sides at least so many pixels where they have as many."""
    for start in range(0, len(photo_ids), _CHUNK):
        job.check()
        for key, blob in project.thumbnails(photo_ids[start : start + _CHUNK]).items():
            if not is_thumbnail(blob):
                continue
            try:
                with Image.open(io.BytesIO(blob), formats=["JPEG"]) as opened:
                    opened.draft("RGB", (side, side))
                    picture = opened.convert("RGB")
            except (OSError, ValueError):
                continue
            yield key, picture


FEW = 5  # photos to learn from: a class of fewer is named
MOST = 5000  # photos whose labels are checked
_ROWS = 128
# A label is named from this probability on that it is wrong: docs/method.md, 12.
WRONG_FROM = 0.5


@dataclass(frozen=True)
class Suspect:
    """A photo, its label, and the class that it looks like."""

    photo_id: int  # the photo
    class_id: int  # its label
    answer: int  # the class it looks like; of one whose label may be wrong, another than its own
    confidence: float  # how probable that is, or that the label is wrong, 0 to 1
    is_test: bool  # it was never learned; of a photo that was, the answer is that of its class without it


@dataclass(frozen=True)
class WorthALook:
    """What :func:`worth_a_look` found, the most likely first."""

    mislabelled: tuple[Suspect, ...]  # photos whose label may be wrong: see :func:`wrong_labels`
    doubted: tuple[Suspect, ...]  # test photos that the model was least sure of
    twins: tuple[tuple[int, int], ...]  # pairs of a training photo and a test photo that are all but the same
    # classes with fewer than :data:`FEW` photos to learn from, and how many they have
    scarce: tuple[tuple[int, int], ...]
    unseen: int  # photos that were not checked: of learned ones no features are at hand, or there are too many
    new: int = 0  # photos that were not checked, as nothing has looked at them yet


def worth_a_look(bench: OpenProject, unsure_below: float, job: Job | None = None) -> WorthALook | None:
    """Look through what is kept: answers, small pictures, sums, and features in the cache. No photo is opened.

    A test photo whose best class is less probable than `unsure_below` is doubted. None if nothing was learned.
    """
    project, job = bench.project, job or Job()
    info = project.learner_info()
    if info is None:
        return None
    trained, photos = set(info.class_ids), project.photos(split="train")
    doubted = [
        Suspect(answer.photo_id, class_id, answer.class_ids[0], answer.probabilities[0], True)
        for answer, class_id in _tests(project)
        if answer.probabilities[0] < unsure_below
    ]
    counts = project.photo_counts()
    at_hand = {photo.id for photo in bench.encoded(photos, job)}
    new = sum(not photo.is_learned and photo.id not in at_hand for photo in photos)
    learned = [photo.id for photo in photos if photo.is_learned and photo.class_id in trained]
    tests = [photo.id for photo in project.photos(split="test") if photo.class_id in trained]
    return WorthALook(
        wrong_labels(bench, job),
        tuple(sorted(doubted, key=lambda suspect: suspect.confidence)),
        tuple(near_duplicates(project, learned, tests, job)),
        tuple((key, counts[key].train) for key in info.class_ids if key in counts and counts[key].train < FEW),
        len(photos) - min(len(at_hand), MOST) - new,
        new,
    )


def wrong_labels(bench: OpenProject, job: Job) -> tuple[Suspect, ...]:
    """Photos whose label may be wrong, the likeliest first, but for those whose label was confirmed.

    Of all photos to learn from, learned or not, whose features are at hand: none is encoded for it. Each is judged as
    if it were not of its class. And of the test photos, by what they were predicted as.
    """
    import torch

    project = bench.project
    confirmed, suspects = confirmed_labels(project.settings()), list[Suspect]()

    def judge(labels: Sequence[tuple[int, int]], keys: Sequence[int], *evidence: Tensor, is_test: bool) -> None:
        from spa_desktop.spa.leave_one_out import judge_labels

        scores, *cosines = evidence
        wrong, better = judge_labels(scores, torch.tensor([keys.index(key) for _, key in labels]), *cosines)
        for (photo_id, key), share, place in zip(labels, wrong.tolist(), better.tolist(), strict=True):
            if share >= WRONG_FROM and confirmed.get(photo_id) != key:
                suspects.append(Suspect(photo_id, key, keys[place], share, is_test))

    parts = list(left_out(bench, project.photos(split="train"), job, most=MOST))
    if parts:
        photos, scores, cosines, keys = zip(*parts, strict=True)
        labels = [(photo.id, photo.class_id) for some in photos for photo in some]
        judge(labels, keys[0], torch.cat(scores).cpu(), torch.cat(cosines).cpu(), is_test=False)
    info, tests = project.learner_info(), _tests(project)
    if info is not None and len(info.class_ids) > 1 and tests:
        # Of each test photo the likeliest classes are kept: the others share what is left.
        shares = torch.zeros(len(tests), len(info.class_ids))
        for row, (answer, _) in zip(shares, tests, strict=True):
            row[:] = (1 - sum(answer.probabilities)) / max(len(row) - len(answer.class_ids), 1)
            row[[info.class_ids.index(key) for key in answer.class_ids]] = torch.tensor(answer.probabilities)
        labels = [(answer.photo_id, key) for answer, key in tests]
        judge(labels, info.class_ids, shares.clamp_min(1e-6).log(), is_test=True)
    return tuple(sorted(suspects, key=lambda suspect: -suspect.confidence))


def _tests(project: Project) -> list[tuple[TestAnswer, int]]:
    """What test photos of learned classes were predicted as, and their labels."""
    info = project.learner_info()
    if info is None:
        return []
    labels = {photo.id: photo.class_id for photo in project.photos(split="test") if photo.class_id in info.class_ids}
    answers = [answer for answer in project.answers(info.id) if answer.photo_id in labels]
    return [(answer, labels[answer.photo_id]) for answer in answers if set(answer.class_ids) <= set(info.class_ids)]


def left_out(
    bench: OpenProject, photos: Sequence[PhotoRecord], job: Job, *, most: int | None = None
) -> Iterator[tuple[list[PhotoRecord], Tensor, Tensor, list[int]]]:
    """How photos to learn from would be judged, were each not of its class; of a class, some photos at a time.

    Yields photos whose features are at hand (`most` of all), their scores and cosines ``(n, C)`` as `judge_labels`
    takes them, and the C classes: all that were learned, and those of photos that were not. Nothing where a class has
    no other photo, or is alone.
    """
    by_class: dict[int, list[PhotoRecord]] = defaultdict(list)
    for photo in bench.encoded(photos, job)[:most]:
        by_class[photo.class_id].append(photo)
    if not by_class:
        return
    import torch

    from spa_desktop.spa.leave_one_out import LeaveOneOut
    from spa_desktop.spa.memory import DEFAULT_WEIGHTS, Memory

    encoder, learner = bench.encoder(job), bench.learner(job)
    memory = learner.memory.copy() if learner is not None and learner.memory is not None else None
    if memory is not None:  # before and after a training the scale is the same: judge_labels learns it anew
        memory.weights = torch.tensor(DEFAULT_WEIGHTS, device=memory.weights.device)
    config = SpaConfig() if learner is None else learner.config
    for class_id, some in by_class.items():
        job.check()
        new = [photo for photo in some if not photo.is_learned]
        if new:
            pooled = bench.store(job).pooled(refs(new))  # a store of its own: one keeps what it read in memory
            memory = memory or Memory.for_photos([pooled], encoder.image_projection, config, encoder.prior)
            memory.add_whole(str(class_id), pooled.to(memory.globals.means.device))
    if memory is None or len(memory.classes) < 2:
        return
    judge, keys = LeaveOneOut(memory, config), [int(class_.key) for class_ in memory.classes]
    for class_id in by_class.keys() & set(keys):
        for start in range(0, len(by_class[class_id]), _ROWS):
            job.check()
            some = by_class[class_id][start : start + _ROWS]
            pooled = bench.store(job).pooled(refs(some))
            scores = judge.scores(str(class_id), pooled)
            if scores is not None:
                yield some, scores, judge.cosines(str(class_id), pooled, encoder.image_projection), keys
