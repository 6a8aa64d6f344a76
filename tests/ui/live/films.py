"""Sources and films that tests make for themselves."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from PySide6.QtGui import QImage

from spa_desktop.ui.live.sources import FrameSource
from spa_desktop.ui.photo.colour_maps import to_qimage


def chunk(name: bytes, body: bytes) -> bytes:
    """A RIFF chunk."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def write_film(file: Path, pictures: Sequence[Image.Image], frames_a_second: int = 25) -> Path:
    """A Motion JPEG AVI of pictures of one size."""
    width, height = pictures[0].size
    frames = []
    for picture in pictures:
        buffer = io.BytesIO()
        picture.convert("RGB").save(buffer, "JPEG", quality=95)
        frames.append(chunk(b"00dc", buffer.getvalue()))
    count = len(frames)
    main = struct.pack(
        "<14I", 1_000_000 // frames_a_second, 0, 0, 0x10, count, 0, 1, max(map(len, frames)), width, height, 0, 0, 0, 0
    )
    stream = b"vidsMJPG" + struct.pack(
        "<IHHIIIIIIIIHHHH", 0, 0, 0, 0, 1, frames_a_second, 0, count, 0, 0, 0, 0, 0, width, height
    )
    form = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0)
    header = b"hdrl" + chunk(b"avih", main) + chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", form))
    index, offset = b"", 4
    for frame in frames:
        index += b"00dc" + struct.pack("<III", 0x10, offset, len(frame) - 8)
        offset += len(frame)
    body = b"AVI " + chunk(b"LIST", header) + chunk(b"LIST", b"movi" + b"".join(frames)) + chunk(b"idx1", index)
    file.write_bytes(chunk(b"RIFF", body))
    return file


class HandSource(FrameSource):
    """Gives the frames that a test hands to it."""

    def __init__(self) -> None:
        super().__init__("by hand")
        self.is_running = False

    def start(self) -> None:
        self.is_running = True

    def stop(self) -> None:
        self.is_running = False

    def give(self, photo: Image.Image | Path) -> QImage:
        """Give a frame."""
        frame = to_qimage(Image.open(photo) if isinstance(photo, Path) else photo)
        self.frame_came.emit(frame)
        return frame
