"""Search photos by words: those of a project, or of files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spa_desktop.classify.folder_run import find_photos
from spa_desktop.discover.search import PhotoSearch, checked_words, joint_features, joint_of
from spa_desktop.errors import InputError
from spa_desktop.feature_store import FeatureStore, PhotoRef, read_refs
from spa_desktop.jobs import Job
from spa_desktop.project.records import PhotoRecord
from spa_desktop.visible import QT_TRANSLATE_NOOP
from spa_desktop.workbench.open_project import OpenProject, refs, unpack_pooled

if TYPE_CHECKING:
    from torch import Tensor

_UNREADABLE = QT_TRANSLATE_NOOP("errors", "Not one of the {n} photos can be read, such as {path}: give others")


def photo_search(bench: OpenProject, job: Job) -> tuple[tuple[PhotoRecord, ...], PhotoSearch]:
    """All photos of a project, those that are set aside too, ready to be searched.

    Features come from the cache, from what the project keeps of test photos, or from the files, which are then encoded.
    Photos of which there is none of these are left out, which the job is told. Raises InputError if there is nothing to
    be searched, or the backbone reads no words; Cancelled: what was encoded until then stays in the cache.
    """
    store, project = bench.store(job), bench.project
    store.encoder.require_texts()
    with project.snapshot():
        photos = [photo for class_ in project.classes() for photo in project.photos(class_.id, set_aside=None)]
        # Of test photos whose files may be gone the project keeps features.
        bare = {photo.id: photo for photo, ref in zip(photos, refs(photos), strict=True) if not store.has_pooled(ref)}
        stored = {
            bare[photo_id].sha256: joint_of(store.encoder, unpack_pooled(blob)[None])[0]
            for photo_id, blob in project.test_features(store.fingerprint, sorted(bare))
        }
    joint = stored | joint_features(store, refs([photo for photo in photos if photo.sha256 not in stored]), job)
    searched = tuple(photo for photo in photos if photo.sha256 in joint)
    if not searched:
        raise InputError(
            QT_TRANSLATE_NOOP(
                "errors", "{path} has no photo that can be searched: add photos, or find those that were moved"
            ),
            path=project.path,
        )
    return searched, _search_of(store, [photo.sha256 for photo in searched], joint, job)


def typical(bench: OpenProject, class_ids: Sequence[int], job: Job) -> dict[int, float]:
    """How like the others of its class each photo is, by photo: the cosine with their mean in the joint space.

    Of photos whose features are at hand: none is encoded for it.
    """
    import torch
    from torch.nn.functional import normalize

    store, project = bench.store(job), bench.project
    cosines: dict[int, float] = {}
    for key in class_ids:
        job.check()
        photos = project.photos(key, set_aside=None)
        known = dict(zip(photos, refs(photos), strict=True))
        known = {photo: ref for photo, ref in known.items() if store.has_pooled(ref)}
        if len(known) > 1:
            rows = joint_of(store.encoder, store.pooled(list(known.values()), keep=False))
            others = normalize(rows.sum(dim=0) - rows, dim=-1)
            cosines |= zip((photo.id for photo in known), torch.linalg.vecdot(rows, others).tolist(), strict=True)
    return cosines


def search(bench: OpenProject, words: str, job: Job | None = None, *, top: int = 20) -> dict[str, Any]:
    """The photos of a project that words fit best: the object of ``spa-desktop search --json``.

    That is ``"photos"``, the most similar first, and ``"fits"``. Raises InputError if there is no photo that can be
    searched, or the words are none or too many.
    """
    checked_words(words)  # before anything is encoded
    photos, ready = photo_search(bench, job or Job())
    return _best_matches([photo.path for photo in photos], ready, words, top)


def search_files(
    store: FeatureStore, sources: Iterable[str | os.PathLike[str]], words: str, job: Job, *, top: int = 20
) -> dict[str, Any]:
    """The photos in files and folders, and in all folders below, that words fit best: as :func:`search`.

    Raises InputError if not one photo can be read, or as :func:`search`; Cancelled: what was encoded until then stays
    in the cache.
    """
    checked_words(words)
    given = find_photos(sources, job)
    for skip in given.skipped:
        job.message(f"Not searched: {skip.path}: {skip.reason}")
    photos, ready = file_search(store, given.paths, job)
    return _best_matches(photos, ready, words, top)


def file_search(store: FeatureStore, paths: Sequence[str], job: Job) -> tuple[list[str], PhotoSearch]:
    """Photo files ready to be searched: those of them that can be read, in their order.

    Raises InputError if not one of them can be read; Cancelled: what was encoded until then stays in the cache.
    """
    photos: dict[str, PhotoRef] = {}
    for path, photo in read_refs(paths, job):
        if isinstance(photo, str):
            job.message(f"Not searched: {photo}")
        else:
            photos[path] = photo
    if paths and not photos:
        raise InputError(_UNREADABLE, n=len(paths), path=paths[0])
    return search_of(store, photos, job)


def search_of(store: FeatureStore, photos: Mapping[str, PhotoRef], job: Job) -> tuple[list[str], PhotoSearch]:
    """Photos ready to be searched: the keys of those of them that can be read, in their order.

    Raises InputError if not one of them can be read; Cancelled: what was encoded until then stays in the cache.
    """
    joint = joint_features(store, list(photos.values()), job)
    keys = [key for key, photo in photos.items() if photo.sha256 in joint]
    if not keys:
        if not photos:
            raise InputError(QT_TRANSLATE_NOOP("errors", "There is no photo: give others"))
        raise InputError(_UNREADABLE, n=len(photos), path=next(iter(photos.values())).path)
    return keys, _search_of(store, [photos[key].sha256 for key in keys], joint, job)


def _search_of(store: FeatureStore, keys: Sequence[str], joint: dict[str, Tensor], job: Job) -> PhotoSearch:
    import torch

    return PhotoSearch(store.encoder, torch.stack([joint[key] for key in keys]), job)


def _best_matches(paths: Sequence[str], ready: PhotoSearch, words: str, top: int) -> dict[str, Any]:
    matches = ready.find(words)
    best = matches.order[:top]
    photos = [{"path": paths[row], "similarity": round(float(matches.similarity[row]), 4)} for row in best]
    return {"photos": photos, "fits": matches.fits}
