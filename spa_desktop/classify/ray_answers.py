"""Answers from a Ray cluster: shards of photos to workers that each load the model once.

Photos are not sent: each machine reads them at the same path, from a disk that all share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spa_desktop.classify.answer_stream import Chunk, answer_chunk
from spa_desktop.classify.photo_answers import PhotoAnswer
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.ray_cluster import Cluster, Spread

if TYPE_CHECKING:
    from spa_desktop.project import Project
    from spa_desktop.recognizer import Recognizer

SHARD = 8  # chunks: a worker that dies costs so many at most, and each is some seconds of work

_made: dict[str, Recognizer] = {}  # of this worker, by the digest of what was learned


@dataclass(frozen=True)
class RecognizerRecipe:
    """What a worker makes its recogniser of.

    Attributes:
        digest: of what was learned.
        learner: its bytes.
        class_ids: of the learner, in its order.
        backbone: name of the encoder.
        fingerprint: that the encoder must have.
        views: of each photo.
        load: gives the encoder of a name.
    """

    digest: str
    learner: bytes
    class_ids: tuple[int, ...]
    backbone: str
    fingerprint: str
    views: int
    load: Callable[..., Any]

    @classmethod
    def of(cls, project: Project, recognizer: Recognizer, fingerprint: str) -> RecognizerRecipe:
        """The recipe of what a project has learned.

        Raises:
            InputError: if another program has changed the project meanwhile.
        """
        from spa_desktop.encoders import backbones

        state = project.learner()
        if state is None or tuple(state.info.class_ids) != recognizer.class_ids:
            raise InputError(f"{project.path} was changed meanwhile: begin again")
        return cls(
            state.info.sha256,
            state.blob,
            recognizer.class_ids,
            project.meta.backbone,
            fingerprint,
            recognizer.views,
            backbones.load_encoder,
        )

    def make(self) -> Recognizer:
        """The recogniser, on the processor.

        Raises:
            InputError: if the backbone is another here.
        """
        from spa_desktop.recognizer import KnownClass, Recognizer
        from spa_desktop.spa.state import from_bytes

        encoder = self.load(self.backbone, device="cpu")
        if encoder.fingerprint != self.fingerprint:
            raise InputError(f"A worker has other weights of {self.backbone}: install the same version there")
        learner = from_bytes(self.learner, encoder.image_projection, keys=[str(key) for key in self.class_ids])
        return Recognizer(encoder, learner, {key: KnownClass(str(key)) for key in self.class_ids}, views=self.views)


def answer_on_cluster(
    recipe: RecognizerRecipe, chunks: Sequence[Chunk], cluster: Cluster, job: Job
) -> Iterator[tuple[int, list[PhotoAnswer]]]:
    """The answers of each chunk, with its place, shard by shard as they are done: the same bits as without a cluster.

    Raises:
        SpaError: if the cluster fails.
        Cancelled: if the job was cancelled.
    """
    shards = [chunks[start : start + SHARD] for start in range(0, len(chunks), SHARD)]
    with Spread(cluster) as spread:
        for place, answers in spread.map(_answer_shard, recipe, shards, job):
            for number, part in enumerate(answers):
                yield place * SHARD + number, part


def _answer_shard(recipe: RecognizerRecipe, shard: Sequence[Chunk]) -> list[list[PhotoAnswer]]:
    if recipe.digest not in _made:
        _made.clear()
        _made[recipe.digest] = recipe.make()
    return [answer_chunk(_made[recipe.digest], chunk) for chunk in shard]
