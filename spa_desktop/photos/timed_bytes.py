"""Bytes that stop a decoder that reads them for too long."""

from __future__ import annotations

import io
import time

from spa_desktop.photos.photo_limits import MAX_SECONDS, Refusal


class TimedBytes(io.BytesIO):
    """A file in memory that refuses to be read on after `MAX_SECONDS` of computing, or in more than so many parts.

    Pillow's decoders cannot be interrupted, but most of them come back for the next piece of the file: here they
    are stopped. The time is the computing time of the thread, so that a busy computer refuses nothing.
    """

    def __init__(self, content: bytes, *, most_reads: int) -> None:
        super().__init__(content)
        self._until = time.thread_time() + MAX_SECONDS
        self._reads_left = most_reads
        self.refusal: Refusal | None = None  # kept, as a decoder in C may swallow the exception

    def read(self, size: int | None = -1, /) -> bytes:
        """Bytes from the current position on.

        Raises:
            Refusal: time or parts are used up.
        """
        self._reads_left -= 1
        if self._reads_left < 0:
            self.refusal = Refusal("consists of too many parts to be a photo: remove it")
        elif time.thread_time() > self._until:
            self.refusal = Refusal(f"takes longer than {MAX_SECONDS:.0f} seconds to open: save it as an ordinary JPEG")
        if self.refusal is not None:
            raise self.refusal
        return super().read(size)
