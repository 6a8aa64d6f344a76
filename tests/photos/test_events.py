"""Times that cameras write into files, and the bursts that follow from them."""

import io
import os
import random
from pathlib import Path

import pytest
from PIL import Image

from spa_desktop.photos.events import EventRule, artists_of, find_events, read_taken, taken_at


def photo_taken(at: str, fraction: str = "", kind: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8769).update({0x9003: at, **({0x9291: fraction} if fraction else {})})
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, kind, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_times_have_their_fractions(kind: str) -> None:
    before, after = (taken_at(photo_taken("2026:05:01 10:00:02", digits, kind)) for digits in ("25", "750000"))
    assert before is not None
    assert after == before + 0.5
    assert taken_at(photo_taken("2026:05:01 10:01:02", kind=kind)) == before + 59.75


@pytest.mark.parametrize("at", ["0000:00:00 00:00:00", "2026-05-01 10:00:02", "    :  :     :  :  ", "2026:05:01"])
def test_what_is_no_time_gives_none(at: str) -> None:
    assert taken_at(photo_taken(at)) is None


def test_broken_tags_give_none_or_a_time() -> None:
    whole, draw = bytearray(photo_taken("2026:05:01 10:00:02", "25")), random.Random(1)
    for _ in range(3000):
        broken = bytearray(whole[: draw.choice((len(whole), draw.randrange(200)))])
        for _ in range(draw.randrange(8)):
            broken[draw.randrange(20, 160) % max(len(broken), 1) : 0] = bytes([draw.randrange(256)])
        taken = taken_at(bytes(broken))
        assert taken is None or abs(taken) < 1e12


def test_the_time_of_the_file_is_taken_only_where_the_user_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (40, 30)).save(path)
    os.utime(path, (1000, 1000))
    assert read_taken(path) is None
    assert read_taken(path, EventRule(uses_file_times=True)) == 1000
    assert read_taken(tmp_path / "none.jpg", EventRule(uses_file_times=True)) is None


def test_an_event_is_a_chain_of_one_folder() -> None:
    assert find_events([("a", 100.0), ("a", 0.0), ("a", 50.0), ("b", 50.0), ("a", 170.0)]) == [1, 1, 1, 2, 3]
    assert find_events([("a", 1.0), ("a", 1.0)], gap=0) == [1, 2]


def test_who_took_a_photo_by_its_iptc():
    iptc = b"8BIM\x04\x04\0\0\0\0\0\x10\x1c\x02\x00\0\x02\0\x04\x1c\x02\x50\x00\x07Ann Lee\x1c\x02"
    assert artists_of(b"\xff\xd8" + iptc) == {"Ann Lee"}
    assert artists_of(iptc[: iptc.index(b"\x50") + 2]) == set(), "cut off"


def test_who_took_a_photo_by_its_xmp():
    xmp = (
        b"\xff\xd8<rdf:Description><dc:creator>\n<rdf:Seq><rdf:li>Ann Lee</rdf:li>\n<rdf:li xml:lang='x'>\n"
        b"J&#246;rg &amp; Co</rdf:li></rdf:Seq></dc:creator><dc:subject><rdf:Bag><rdf:li>owl</rdf:li></rdf:Bag>"
    )
    assert artists_of(xmp) == {"Ann Lee", "J\u00f6rg & Co"}
    assert artists_of(xmp[: xmp.index(b"</dc:creator>")]) == set(), "cut off"
