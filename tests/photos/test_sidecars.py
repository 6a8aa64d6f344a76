"""XMP sidecars: keywords are merged into what other programs wrote, of which nothing is lost; hostile ones stay."""

import json
import os
import random
import shutil
import subprocess
import time

import pytest

from spa_desktop.errors import SpaError
from spa_desktop.photos import sidecars
from spa_desktop.photos.sidecars import SidecarFault, merge_keyword, own_keyword, read_keywords, write_sidecar
from tests.photos.xmp import PROGRAMS, VARIANTS, facts, made

HERON = own_keyword("heron", "Birds", probability="0.9810", model="3f2a", by="machine")
OWN = {"XMP-dc:Subject": "heron", "XMP-lr:HierarchicalSubject": "Birds|heron", "XMP-digiKam:TagsList": "Birds/heron"}
EGRET = own_keyword("grey & <white> egret", "Animals/Birds", by=sidecars.USER)


def added_by(content: bytes | None, own) -> list[str]:
    """The facts that a merge adds, and none that it takes."""
    merged = merge_keyword(content, own)
    before, after = facts(content), facts(merged)
    assert before - after == {}, "something foreign is lost"
    return sorted((after - before).elements())


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_foreign_is_lost_and_a_second_run_replaces_its_own_alone(program, variant):
    foreign = made(program, variant)
    merged = merge_keyword(foreign, HERON)
    new = added_by(foreign, HERON)
    # Keywords that are there already are somebody else's.
    there = {"digiKam": 3, "darktable": 2, "Lightroom": 2, "Immich": 2}[program] if variant == 3 else 0
    assert len(new) == 3 - there
    assert read_keywords(merged)[1] == HERON
    assert merge_keyword(merged, HERON) == merged
    again = merge_keyword(merged, EGRET)
    assert read_keywords(again)[1] == EGRET
    assert "heron" in str(facts(again)) if variant == 3 else "heron" not in str(facts(again))
    assert len(added_by(foreign, EGRET)) == 3
    assert facts(again) == facts(merge_keyword(foreign, EGRET))
    for content in (merged, again):
        assert facts(merge_keyword(content, None)) == facts(foreign)
        assert read_keywords(merge_keyword(content, None))[1] is None
    # What is read for classes has the foreign keywords, not those of a machine.
    assert read_keywords(merged)[0] == read_keywords(foreign)[0]
    assert "Animals|Birds|grey & <white> egret" in read_keywords(again)[0]


@pytest.mark.skipif(not shutil.which("exiftool"), reason="needs exiftool")
def test_another_program_reads_all_forty_that_were_merged(tmp_path):
    for program in PROGRAMS:
        for variant in VARIANTS:
            for at, content in enumerate((made(program, variant), merge_keyword(made(program, variant), HERON))):
                (tmp_path / f"{program}-{variant}-{at}.xmp").write_bytes(content)
    command = ["exiftool", "-json", "-struct", "-G1", "-XMP:all", "-x", "XMPToolkit", *sorted(tmp_path.glob("*.xmp"))]
    said = subprocess.run(command, capture_output=True, check=True).stdout
    read = json.loads(said.replace(rb"\r\n", rb"\n"))  # by XML 1.0 they are the same, which exiftool passes over
    assert len(read) == 80
    for before, after in zip(read[::2], read[1::2], strict=True):
        for key, value in OWN.items():
            there = before.pop(key, [])
            there = there if isinstance(there, list) else [there]
            assert after.pop(key) in ([*there, value], there), "what is there already is somebody else's"
        assert after.pop("XMP-spa:Keyword") == "heron"
        left = {key: value for key, value in after.items() if "spa" not in key}
        assert {**left, "SourceFile": ""} == {**before, "SourceFile": ""}


def test_what_another_program_rewrote_is_still_ours(tmp_path):
    """exiv2 puts all into one block; ours is found in it, and goes alone."""
    if not shutil.which("exiv2"):
        pytest.skip("needs exiv2")
    path = tmp_path / "a.xmp"
    path.write_bytes(merge_keyword(made("digiKam", 2), HERON))
    subprocess.run(["exiv2", "-M", "set Xmp.xmp.Rating 1", "modify", str(path)], check=True)
    assert read_keywords(path.read_bytes())[1] == HERON
    rewritten, without = facts(path.read_bytes()), facts(merge_keyword(path.read_bytes(), None))
    assert "heron" in str(rewritten - without)
    assert "heron" not in str(without)
    assert without - rewritten == {}


def test_a_new_sidecar_goes_when_its_keyword_does(tmp_path):
    path = tmp_path / "a.jpg.xmp"
    write_sidecar(path, HERON)
    assert read_keywords(path.read_bytes())[1] == HERON
    write_sidecar(path, EGRET)
    write_sidecar(path, None)
    assert list(tmp_path.iterdir()) == []
    foreign = made("Immich", 1)
    assert merge_keyword(foreign, None) is foreign
    assert merge_keyword(None, None) is None


ENTITIES = '<!DOCTYPE a [<!ENTITY e0 "ha">' + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))


def holding(more: bytes, entities: str = "") -> bytes:
    """A sidecar that would be merged but for this."""
    return entities.encode() + made("Lightroom", 1).replace(b"<rdf:li>lake", b"<rdf:li>lake" + more, 1)


HOSTILE = {
    "entities": holding(b"&e9;", f"{ENTITIES}]>"),
    "an outside entity": holding(b"", "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"),
    "depth": holding(b"<a>" * 20_000 + b"</a>" * 20_000),
    "nodes": holding(b"<b/>" * 200_000),
    "attributes": holding(b"<a " + b" ".join(b"b%d=''" % place for place in range(150_000)) + b"/>"),
    "comments": holding(b"<!---->" * 200_000),
    "no XML": b"\xff\xd8\xff\xe0 a photo",
    "nothing": b"",
    "a cut file": made("digiKam", 2)[:-40],
    "a wrong encoding": made("Lightroom", 4).replace("été".encode(), b"\xe9t\xe9"),
    "an encoding that is none": b'<?xml version="1.0" encoding="klingon"?><a/>',
    "other XML": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "keywords in no list": made("Lightroom", 1).replace(b"rdf:Bag", b"rdf:List"),
    "9 MB": holding(b" " * (9 << 20)),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_hostile_is_left_alone_in_one_line(kind, tmp_path):
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(HOSTILE[kind])
    started = time.process_time()
    with pytest.raises(SidecarFault) as caught:
        write_sidecar(path, HERON)
    assert time.process_time() - started < 5
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == HOSTILE[kind]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_link_a_folder_and_a_pipe_are_left_alone(tmp_path):
    secret = tmp_path / "secret.xmp"
    secret.write_bytes(made("digiKam", 1))
    (tmp_path / "link.xmp").symlink_to(secret)
    (tmp_path / "folder.xmp").mkdir()
    os.mkfifo(tmp_path / "pipe.xmp")
    for name in ("link", "folder", "pipe"):
        with pytest.raises(SidecarFault, match=r"link|folder|no plain file"):
            write_sidecar(tmp_path / f"{name}.xmp", HERON)
    assert secret.read_bytes() == made("digiKam", 1)


def test_four_hundred_mutations_change_nothing_foreign_and_hang_nothing():
    """Each is merged without a loss, or refused."""
    chance, merged = random.Random(7), 0
    for number in range(400):
        content = bytearray(made(PROGRAMS[number % 4], number % 8))
        for _ in range(1 + number % 2):
            start = chance.randrange(len(content))
            piece = content[start : start + chance.randint(1, 30)]
            new = (b"", bytes([chance.randrange(256)]), piece * 2, b"<", b"</rdf:Bag>", b"<rdf:li/>", b"&a;")
            content[start : start + chance.choice((0, 1, len(piece)))] = chance.choice(new)
        try:
            added_by(bytes(content), HERON)
            merged += 1
        except SidecarFault:
            pass
    assert 20 < merged < 380


def test_a_full_disk_and_an_edited_mode(tmp_path, monkeypatch):
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(made("darktable", 9))
    path.chmod(0o600)
    write_sidecar(path, HERON)
    assert path.stat().st_mode & 0o777 == 0o600
    whole = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SpaError, match="the disk is full"):
        write_sidecar(path, EGRET)
    assert path.read_bytes() == whole
    assert [file.name for file in tmp_path.iterdir()] == ["a.jpg.xmp"]
