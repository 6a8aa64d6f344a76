"""What is worth a look, from what a project keeps."""

import io
import random
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from spa_desktop.jobs import Job
from spa_desktop.project.folders import add_classes
from spa_desktop.spa import leave_one_out
from spa_desktop.spa.leave_one_out import judge_labels
from spa_desktop.workbench import corrections, describing, evaluating, training, worth_a_look
from spa_desktop.workbench.worth_a_look import near_duplicates
from tests.photos.pieces import saved
from tests.workbench.tiny import draw_photo


def named(bench, name):
    return next(one.id for one in bench.project.photos() if one.name == name)


def test_wrong_labels_doubts_and_few_photos(bench, photos):
    draw_photo(photos / "1" / "train" / "red" / "learned.png", "green", 20)
    draw_photo(photos / "1" / "test" / "blue" / "stray.png", "red", 22)
    for file in sorted((photos / "1" / "train" / "green").iterdir())[3:]:
        file.unlink()
    add_classes(bench.project, [photos / "1"], task="Task 1")
    assert worth_a_look.worth_a_look(bench, 0.5) is None
    training.train(bench)
    found = worth_a_look.worth_a_look(bench, 0.5)
    red, green, blue = (bench.project.find_class(name).id for name in ("red", "green", "blue"))
    suspects = {one.photo_id: one for one in found.mislabelled}
    assert suspects.keys() == {named(bench, "learned.png"), named(bench, "stray.png")}
    assert suspects[named(bench, "learned.png")].answer == green
    test = suspects[named(bench, "stray.png")]
    assert (test.class_id, test.answer, test.is_test) == (blue, red, True)
    assert [one.confidence for one in found.mislabelled] == sorted(
        (s.confidence for s in found.mislabelled), reverse=True
    )
    assert found.scarce == ((green, 3),)
    assert found.unseen == 0
    assert worth_a_look.worth_a_look(bench, 1.1).doubted != ()  # nothing is surer than sure


def picture(file, seed, *, shift=0, quality=90):
    """A smooth picture with things in it, perhaps moved a little and written again."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 255, (6, 6, 3)).astype(np.uint8)
    large = Image.fromarray(small).resize((200, 200), Image.Resampling.BICUBIC)
    file.parent.mkdir(parents=True, exist_ok=True)
    large.crop((shift, 0, 190 + shift, 200)).save(file, quality=quality)


def test_near_duplicates_across_learn_and_test(bench, tmp_path):
    root = tmp_path / "scenes"
    for name, first in (("a", 0), ("b", 10)):
        for seed in range(first, first + 4):
            picture(root / "train" / name / f"{seed}.jpg", seed)
        picture(root / "test" / name / "other.jpg", first + 7)
    picture(root / "test" / "a" / "again.jpg", 2, shift=2, quality=60)
    picture(root / "test" / "b" / "twin of a.jpg", 3, quality=50)
    # Flat pictures have hashes alike, whatever their colour.
    Image.new("RGB", (200, 200), "red").save(root / "train" / "a" / "flat.jpg")
    Image.new("RGB", (200, 200), "blue").save(root / "test" / "b" / "flat.jpg")
    add_classes(bench.project, [root])
    learned = [one.id for one in bench.project.photos(split="train")]
    tests = [one.id for one in bench.project.photos(split="test")]
    pairs = near_duplicates(bench.project, learned, tests, Job())
    names = {(bench.project.photo(one).name, bench.project.photo(two).name) for one, two in pairs}
    assert names == {("2.jpg", "again.jpg"), ("3.jpg", "twin of a.jpg")}
    assert near_duplicates(bench.project, [], tests, Job()) == []
    again = named(bench, "again.jpg")
    with Image.open(io.BytesIO(bench.project.thumbnails([again])[again])) as small:
        of_scans = saved(small, "JPEG", progressive=True)
    with bench.project.transaction("test", "a small picture of many scans, which is not read") as tx:
        tx._run("UPDATE thumbnails SET blob = ? WHERE photo_id = ?", (of_scans, again))
    assert len(near_duplicates(bench.project, learned, tests, Job())) == 1


def test_pages_of_one_layout_are_no_near_duplicates_but_copies_of_one_are(bench, tmp_path):
    for split in ("train", "test"):
        (tmp_path / "pages" / split / "letters").mkdir(parents=True)
    for seed in range(3):
        page, drawn = Image.new("L", (620, 877), "white"), random.Random(seed)
        for x, y in product((60, 200, 340, 480), range(60, 760, 50)):
            text = str(drawn.randint(1, 10 ** drawn.randint(1, 6)))
            ImageDraw.Draw(page).text((x, y), text, fill="black", font=ImageFont.load_default(size=22))
        page.save(tmp_path / "pages" / "train" / "letters" / f"{seed}.png")
    page.crop((6, 9, 614, 868)).save(tmp_path / "pages" / "test" / "letters" / "copy of 2.jpg", quality=70)
    add_classes(bench.project, [tmp_path / "pages"])
    learned = [one.id for one in bench.project.photos(split="train")]
    tests = [one.id for one in bench.project.photos(split="test")]
    pairs = near_duplicates(bench.project, learned, tests, Job())
    assert [bench.project.photo(one).name for one, _ in pairs] == ["2.png"]


def test_one_list_of_wrong_labels_before_and_after_a_training_and_no_backbone_is_loaded_to_find_none(
    bench, photos, monkeypatch
):
    stray = draw_photo(photos / "1" / "train" / "red" / "stray.png", "green", 20)
    add_classes(bench.project, [photos / "1"], task="Task 1")
    with monkeypatch.context() as patch:
        patch.setattr(type(bench), "encoder", lambda *_: pytest.fail("no photo is encoded: there is nothing to judge"))
        assert worth_a_look.wrong_labels(bench, Job()) == ()
    describing.describe(bench, "offline")
    (before,) = worth_a_look.wrong_labels(bench, Job())
    red, green = (bench.project.find_class(name).id for name in ("red", "green"))
    assert (before.photo_id, before.class_id, before.answer) == (named(bench, stray.name), red, green)
    training.train(bench)
    (after,) = worth_a_look.wrong_labels(bench, Job())
    assert after.photo_id == before.photo_id
    assert worth_a_look.worth_a_look(bench, 0.5).mislabelled == (after,), "every page has the same list"
    corrections.correct(bench, after.photo_id, class_id=red)  # it is right, says the user
    assert worth_a_look.wrong_labels(bench, Job()) == ()


def test_photos_to_be_learned_are_looked_through_too(bench, photos, monkeypatch):
    add_classes(bench.project, [photos / "1"], task="Task 1")
    describing.describe(bench, "offline")
    training.train(bench)
    stray = draw_photo(photos / "2" / "train" / "amber" / "stray.png", "green", 20)
    add_classes(bench.project, [photos / "2"], task="Task 2")
    before = worth_a_look.worth_a_look(bench, 0.5)
    assert before.unseen == 0
    assert before.new == sum(counts.unlearned for counts in bench.project.photo_counts().values()) > 0
    describing.describe(bench, "offline")
    found = worth_a_look.worth_a_look(bench, 0.5)
    assert named(bench, stray.name) in [suspect.photo_id for suspect in found.mislabelled]
    assert found.unseen == found.new == 0
    monkeypatch.setattr(worth_a_look, "MOST", 3)
    found = worth_a_look.worth_a_look(bench, 0.5)
    assert (found.unseen, found.new) == (len(bench.project.photos(split="train")) - 3, 0), "too many"


def test_of_a_test_photo_the_classes_that_were_not_kept_share_what_is_left(bench, photos, monkeypatch):
    monkeypatch.setattr(evaluating, "_KEPT", 1)
    add_classes(bench.project, [photos / "1"], task="Task 1")
    training.train(bench)
    judged = []
    monkeypatch.setattr(leave_one_out, "judge_labels", lambda *given: judged.append(given[0]) or judge_labels(*given))
    worth_a_look.wrong_labels(bench, Job())
    assert judged[-1].exp().sum(dim=1).tolist() == pytest.approx([1.0] * 9, abs=1e-5)
