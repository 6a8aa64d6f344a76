"""`watch`: photos are answered as they come, whatever becomes of them and of the folder, and a restart goes on."""

import json
import shutil
from pathlib import Path

import pytest

from spa_desktop.classify import sort_photos
from spa_desktop.jobs import Job
from tests.workbench.tiny import draw_photo


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def watch(run, taught, inbox, monkeypatch):
    """``watch([step, ...], *options)``: a step is done between two looks, and Ctrl+C is pressed after two more."""

    def watched(steps, *options):
        left = [*steps, lambda: None, lambda: None]

        def wait(job, seconds):
            if not left:
                raise KeyboardInterrupt
            left.pop(0)()

        with monkeypatch.context() as patch:
            patch.setattr(Job, "wait", wait)
            ran = run("watch", taught, inbox, *options)
        assert ran.code == 130, ran
        assert "the same command goes on" in ran.err.splitlines()[-2]
        return ran

    return watched


def _answered(ran) -> list[str]:
    return [Path(line.partition(":")[0]).name for line in ran.out.splitlines()]


def test_photos_are_answered_once_they_have_stopped_growing(watch, inbox):
    whole = draw_photo(inbox.parent / "whole.png", "red", 50).read_bytes()
    draw_photo(inbox / "deep" / "b.png", "blue", 51)
    seen = []

    def grow():
        (inbox / "a.png").write_bytes(whole[: 100 * (1 + len(seen))])
        seen.append(grow)

    ran = watch([grow, grow, grow, lambda: (inbox / "a.png").write_bytes(whole)])
    assert _answered(ran) == ["b.png", "a.png"]
    assert "a.png: red" in ran.out
    assert "Skipped" not in ran.err
    draw_photo(inbox / "a.png", "green", 52)
    again = watch([])
    assert _answered(again) == ["a.png"], "that it is another photo is seen; the other one is known"
    assert "a.png: green" in again.out


def test_whatever_becomes_of_photos_and_folder_is_a_line(watch, inbox):
    draw_photo(inbox / "a.png", "red", 50)
    (inbox / "bad.jpg").write_bytes(b"no photo")
    aside = inbox.with_name("aside")
    ran = watch(
        [
            lambda: None,
            lambda: inbox.rename(aside),
            lambda: None,
            lambda: None,
            lambda: aside.rename(inbox),
            lambda: draw_photo(inbox / "b.png", "blue", 51),
        ]
    )
    assert _answered(ran) == ["a.png", "b.png"]
    said = ran.err.splitlines()[:-2]
    assert [line.removeprefix("Skipped: ").startswith(str(inbox)) for line in said] == [True, True]
    assert ["bad.jpg is not a photo" in said[0], "the folder cannot be read: No such file" in said[1]] == [True, True]


def test_json_lines_lose_and_double_nothing(watch, inbox, tmp_path, run, taught):
    file = tmp_path / "answers.jsonl"
    for seed, look in enumerate(("red", "green", "blue")):
        draw_photo(inbox / f"{look}.png", look, 50 + seed)
    assert run("classify", taught, inbox).code == 0

    def paths():
        return [Path(json.loads(line)["path"]).stem for line in file.read_text().splitlines()]

    first = watch([lambda: draw_photo(inbox / "late.png", "red", 60)], "--jsonl", file)
    assert (_answered(first), paths()) == (["late.png"], ["blue", "green", "red", "late"])
    whole = file.read_text().splitlines(keepends=True)
    file.write_text("".join(whole[:-1]) + whole[-1][:30])  # killed while it wrote
    watch([], "--jsonl", file)
    assert (paths(), file.read_text().splitlines(keepends=True)) == (["blue", "green", "red", "late"], whole)
    (inbox / "late.png").unlink()
    piped = watch([lambda: draw_photo(inbox / "late.png", "blue", 61)], "--jsonl", "-")
    [line] = piped.out.splitlines()
    assert json.loads(line)["top"][0]["class"] == "blue"
    assert len(paths()) == 4


@pytest.mark.parametrize("move", [False, True])
def test_sorted_as_they_come_and_moved_back_as_one(watch, inbox, tmp_path, run, taught, move):
    options = ("--sort", tmp_path / "out", *(["--move"] if move else []))

    def sorted_photos():
        return sorted(file.relative_to(tmp_path / "out").as_posix() for file in (tmp_path / "out").rglob("*.png"))

    draw_photo(inbox / "1.png", "red", 50)
    assert run("classify", taught, inbox).code == 0, "that it has an answer already makes no difference"
    watch([lambda: draw_photo(inbox / "2.png", "blue", 51)], *options)
    assert sorted_photos() == ["blue/2.png", "red/1.png"]
    watch([lambda: draw_photo(inbox / "1.png", "red", 52)], *options)
    assert sorted_photos() == ["blue/2.png", "red/1 (2).png", "red/1.png"]
    (tmp_path / "out" / "blue" / "2.png").unlink()
    watch([], *options)
    assert sorted_photos() == ["red/1 (2).png", "red/1.png"], "what was done is not done again"
    other = options[:2] if move else (*options, "--move")
    assert "choose another folder" in run("watch", taught, inbox, *other).error
    assert "another sort" in run("watch", taught, tmp_path / "photos", *options).error
    back = run("unsort", tmp_path / "out")
    if move:
        assert ((inbox / "1.png").exists(), "another 1.png" in back.err) == (True, True)
        (inbox / "1.png").unlink()
        run("unsort", tmp_path / "out")
        assert (sorted_photos(), (inbox / "1.png").exists()) == ([], True)
    else:
        assert "are copies" in back.error
    assert len(list(inbox.iterdir())) == (1 if move else 2)


def test_killed_between_the_log_and_the_photo_it_goes_on(watch, inbox, tmp_path, run, monkeypatch):
    monkeypatch.setenv("SPA_DESKTOP_DATA_DIR", str(tmp_path / "own"))
    photo, options = draw_photo(inbox / "1.png", "red", 50), ("--sort", tmp_path / "out", "--move")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sort_photos, "move_photo", killed)
        watch([], *options)
    assert photo.exists()
    (tmp_path / "out" / "red").mkdir(parents=True)
    [log] = (tmp_path / "own" / "sorts").glob("*.jsonl")
    log.write_text(log.read_text() + '["2f78", "2f')  # half a line
    watch([lambda: draw_photo(inbox / "2.png", "red", 51)], *options)
    assert len(log.read_text().splitlines()) == 3
    assert sorted(file.name for file in (tmp_path / "out" / "red").iterdir()) == ["1.png", "2.png"]
    assert run("unsort", tmp_path / "out").code == 0
    assert sorted(file.name for file in inbox.iterdir()) == ["1.png", "2.png"]


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_sidecar_that_comes_after_its_photo_was_moved_follows_and_comes_back(
    watch, inbox, tmp_path, run, monkeypatch, is_killed
):
    options, out = ("--sort", tmp_path / "out", "--move"), tmp_path / "out" / "red"
    for name in ("1.png", "2.png", "3.png", "3.jpg"):
        draw_photo(inbox / name, "red", 50)

    def write_sidecars():
        assert not (inbox / "1.png").exists()
        for name in ("1.png.xmp", "2.xmp", "3.xmp", "4.png.xmp"):
            (inbox / name).write_text(name)
        draw_photo(inbox / "4.png", "blue", 51)
        if is_killed:
            monkeypatch.setattr(sort_photos, "move_photo", killed)

    def killed(*_):
        raise KeyboardInterrupt

    move = sort_photos.move_photo
    watch([lambda: None, lambda: None, write_sidecars], *options)
    monkeypatch.setattr(sort_photos, "move_photo", move)
    assert (inbox / "1.png.xmp").exists() == is_killed
    watch([], *options)
    assert sorted(file.name for file in out.glob("*.xmp")) == ["1.png.xmp", "2.xmp"]
    assert [file.name for file in inbox.iterdir()] == ["3.xmp"], "that it is of 3.png, none says"
    assert ((out / "2.xmp").read_text(), (tmp_path / "out" / "blue" / "4.png.xmp").exists()) == ("2.xmp", True)
    assert "Moved 5 photos back" in run("unsort", tmp_path / "out").err
    assert sorted(file.name for file in inbox.glob("*.xmp")) == ["1.png.xmp", "2.xmp", "3.xmp", "4.png.xmp"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--sort", "{in}/out"], "where the photos come from"),
        (["--move"], "--move goes with --sort"),
        (["--jsonl", "{tmp}/Moths.spa"], "cannot be written"),
        (["--sort", "{tmp}/out", "--jsonl", "{tmp}/out/a.jsonl"], "for photos alone"),
    ],
)
def test_bad_input(run, taught, inbox, tmp_path, options, said):
    shutil.copy(taught, tmp_path / "Moths.spa")
    assert said in run("watch", taught, inbox, *[one.format(**{"in": inbox, "tmp": tmp_path}) for one in options]).error
    assert "There is no folder" in run("watch", taught, tmp_path / "none").error


def test_keywords_are_written_as_photos_come_and_taken_back_at_once(run, watch, inbox):
    draw_photo(inbox / "a.png", "red", 50)
    watch([lambda: None, lambda: None, lambda: draw_photo(inbox / "b.png", "blue", 51), lambda: None], "--xmp")
    assert ["red" in (inbox / f"{name}.png.xmp").read_text() for name in "ab"] == [True, False]
    run("unsort", inbox)
    assert list(inbox.glob("*.xmp")) == []
