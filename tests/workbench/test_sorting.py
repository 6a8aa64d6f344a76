"""Photos that are sorted: what is kept of them is read as a stranger's, and what was named is learned in one step."""

from pathlib import Path

import pytest

from spa_desktop.errors import InputError
from spa_desktop.feature_store import PhotoRef
from spa_desktop.project.folders import add_classes
from spa_desktop.project.versions import versions_of
from spa_desktop.workbench import corrections, sorting, training
from spa_desktop.workbench.open_project import OpenProject
from spa_desktop.workbench.sorting import name_in_files
from tests.workbench.tiny import draw_classes, draw_photo


@pytest.fixture
def unsorted(tmp_path) -> Path:
    for seed in range(6):
        for look in ("red", "green"):
            draw_photo(tmp_path / "camera" / f"{look}-{seed}.png", look, seed)
    return tmp_path / "camera"


@pytest.fixture
def bench(tmp_path):
    with OpenProject.create(tmp_path / "New.spa") as made:
        yield made


def refs_of(folder: Path, look: str) -> list[PhotoRef]:
    return [PhotoRef.of(path) for path in sorted(folder.glob(f"{look}-*"))]


@pytest.mark.parametrize("kept", [5, {"a": 1}, [["/photos/a.jpg"]], [["/photos/a.jpg", "no hash"]], [[1, 2]]])
def test_what_is_no_list_of_photos_is_one_clear_line(bench, kept):
    with bench.project.transaction("sort", undo="apart") as tx:
        tx.put_sorting("photos", kept)
    with pytest.raises(InputError, match="drop them again"):
        sorting.begin_sorting(bench)


def test_what_cannot_be_read_is_named_once(bench, tmp_path):
    files = [tmp_path / f"{number}.jpg" for number in range(2)]
    for number, (file, said) in enumerate(zip(files, ("", "None of the 2 photos can be read. "), strict=True)):
        file.write_text(f"no photo {number}")
        with pytest.raises(InputError) as refused:
            sorting.begin_sorting(bench, sources=files[: number + 1])
        assert str(refused.value) == f"{said}0.jpg is not a photo that can be read, whatever its name says: remove it"
    files[0].write_bytes(b"")
    with pytest.raises(InputError) as refused:
        sorting.begin_sorting(bench, sources=files[:1])
    assert str(refused.value) == "0.jpg is empty (0 bytes): remove it or copy it again"


def test_what_is_no_pile_and_what_is_kept_twice_is_grouped_anew(bench, unsorted):
    found = sorting.begin_sorting(bench, sources=[unsorted])
    photos = [[str(one.path), one.sha256] for one in found.photos]
    with bench.project.transaction("sort", undo="apart") as tx:
        tx.put_sorting("photos", [*photos, ["/etc/passwd", photos[0][1]]])
        tx.put_sorting("pile", {"format": 1, "photos": [], "groups": [], "states": [{"groups": [[-1, 0]]}]})
    again = sorting.begin_sorting(bench)
    assert (again.words, again.folders) == ({"red": 6, "green": 6}, {"camera": 12})
    assert again.photos == found.photos
    assert not again.is_restored
    assert again.pile.groups == []


def test_what_was_set_aside_last_waits_no_more(bench, unsorted):
    found = sorting.begin_sorting(bench, sources=[unsorted])
    for photo in found.photos[:2]:
        found.pile.set_aside([photo.sha256])
    sorting.keep_sorting(bench, found.pile.as_json(), found.photos)
    assert sorting.photos_to_sort(bench.project) == 10


def test_no_other_computer_is_asked_for_a_photo(bench, unsorted):
    with bench.project.transaction("sort", undo="apart") as tx:
        tx.put_sorting("photos", [["//host/share/a.jpg", "a" * 64]])
    found = sorting.begin_sorting(bench, sources=[unsorted])
    assert len(found.photos) == 12
    assert [one.reason for one in found.skipped] == ["it is not on this computer"]


def test_a_name_given_to_a_photo_that_waits_under_another_is_the_last_word(bench, unsorted):
    """Else learning what waited would take the last photos out of the new class, and leave it behind without any."""
    sorting.learn_sorted(bench, {look: refs_of(unsorted, look) for look in ("red", "green")})
    for seed in range(6):
        draw_photo(unsorted / f"blue-{seed}.png", "blue", seed)
    photos = refs_of(unsorted, "blue")
    for one in photos:
        corrections.correct(bench, one.path, class_name="poppy")
    sorting.learn_sorted(bench, {"zebra": photos})
    assert bench.project.corrections() == []
    zebra = bench.project.find_class("zebra")
    assert len(bench.project.photos(zebra.id)) == len(photos)
    assert zebra.state == "trained"
    bench.project.undo()
    assert len(bench.project.corrections()) == len(photos)


def test_what_is_said_of_new_and_known_classes_is_of_the_model_that_was_learned_last(bench, unsorted):
    sorting.learn_sorted(bench, {look: refs_of(unsorted, look)[:4] for look in ("red", "green")})
    for seed in range(4):
        draw_photo(unsorted / f"blue-{seed}.png", "blue", seed)
    named = {"red": refs_of(unsorted, "red")[4:], "blue": refs_of(unsorted, "blue")}
    trained, _ = sorting.learn_sorted(bench, named)
    assert (trained.learned, trained.topped_up) == (("blue",), ("red",))
    assert trained.notes.kind == "topped up", "red got its photos after blue was learned"
    kept = [version.why for version in versions_of(bench.project.path)]
    assert kept == ["before training"] * 2, "one for each time that was learned, though the second is two trainings"


@pytest.mark.parametrize("reads_words", [True, False])
def test_an_accuracy_on_groups_is_called_so_as_long_as_most_test_photos_are_of_them(
    bench, unsorted, tmp_path, monkeypatch, reads_words
):
    for module in (sorting, training):
        monkeypatch.setattr(module, "has_texts", lambda _: reads_words)

    assert not sorting.are_tests_alike(bench.project), "there is no test photo"
    sorting.learn_sorted(bench, {look: refs_of(unsorted, look) for look in ("red", "green")})
    assert sorting.are_tests_alike(bench.project)
    add_classes(bench.project, [draw_classes(tmp_path / "folders", ("blue",), train=2, test=4)], top_up=True)
    assert sorting.are_tests_alike(bench.project), "the new ones are not answered before their class is learned"
    training.train(bench)
    assert not sorting.are_tests_alike(bench.project)
    for seed in range(24):
        draw_photo(unsorted / f"blue-{seed}.png", "blue", 50 + seed)
    sorting.learn_sorted(bench, {"blue": refs_of(unsorted, "blue")}, test_share=0.4)
    assert sorting.are_tests_alike(bench.project), "of a class that came from a folder, too"


def test_photos_of_no_group_test_what_was_learned_of_groups(bench, unsorted):
    red, green = refs_of(unsorted, "red"), refs_of(unsorted, "green")
    hashes = {photo.sha256 for photo in (red[0], green[0])}
    sorting.learn_sorted(bench, {"red": red[1:], "green": green[1:]})
    before = bench.project.learner_info()
    assert sorting.are_tests_alike(bench.project)
    trained, _ = sorting.learn_sorted(bench, {"red": red[:1], "green": green[:1]}, tests=hashes)
    assert trained is None, "nothing was learned"
    assert bench.project.learner_info() == before
    assert hashes <= {photo.sha256 for photo in bench.project.photos(split="test")}
    assert not sorting.are_tests_alike(bench.project)
    bench.project.undo()
    assert sorting.are_tests_alike(bench.project)
    draw_photo(unsorted / "blue-0.png", "blue", 0)
    blue = refs_of(unsorted, "blue")
    assert sorting.learn_sorted(bench, {"blue": blue}, tests={blue[0].sha256})[0], "a new class has nothing else"


def test_near_duplicates_are_all_learned_or_all_tested(bench, unsorted):
    """Test photos that are all but learned would flatter the accuracy."""
    hashes = sorted(photo.sha256 for photo in refs_of(unsorted, "red"))
    looks = [(hashes[place], hashes[place + 3]) for place in range(3)]
    named = {look: refs_of(unsorted, look) for look in ("red", "green")}
    sorting.learn_sorted(bench, named, looks=looks, test_share=0.4)
    tested = {photo.sha256 for photo in bench.project.photos(split="test")}.intersection(hashes)
    assert tested == set(looks[0])


def test_where_it_fails_nothing_is_left(bench, unsorted, monkeypatch):
    def fail(*_, **__):
        raise InputError("no room")

    monkeypatch.setattr("spa_desktop.workbench.sorting.train", fail)
    with pytest.raises(InputError, match="no room"):
        sorting.learn_sorted(bench, {"red": refs_of(unsorted, "red"), "green": refs_of(unsorted, "green")})
    assert bench.project.classes() == []
    assert bench.project.undo_changes == bench.project.redo_changes == ()


def test_names_that_files_bear():
    folder = Path("/holiday")
    assert name_in_files([folder / f"red_panda-{n}.jpg" for n in range(5)], {"holiday": 5}) == "red panda"
    assert name_in_files([folder / f"red_panda{n}.jpg" for n in range(5)], {"holiday": 5}) == "red panda"
    assert name_in_files([folder / f"cat_cat_tr{n:03}.jpg" for n in range(5)], {"holiday": 5}) == "cat"
    assert name_in_files([folder / f"kiwi_tr{n:03}.jpg" for n in range(5)], {"holiday": 5}) == "kiwi"
    assert name_in_files([folder / f"DSC_{n:04}.JPG" for n in range(5)], {"holiday": 50}) == ""
    assert name_in_files([folder / f"{n}.jpg" for n in range(5)], {"holiday": 5, "b": 5}) == "holiday"
    assert name_in_files([folder / f"{n}.jpg" for n in range(2)], {"holiday": 50, "b": 5}) == ""
    heron = [Path(f"/heron/DSC_{n:04}.JPG") for n in range(5)]
    assert name_in_files(heron, {"heron": 9}) == "heron", "of one folder of one class"
    assert name_in_files([Path(f"/2026-05-01/{n}.jpg") for n in range(5)], {"2026-05-01": 5}) == ""
    mixed = [*(folder / f"cat.{n}.jpg" for n in range(3)), *(folder / f"dog.{n}.jpg" for n in range(3))]
    assert name_in_files(mixed, {"holiday": 60}) == ""
    figures = [folder / f"fig_{n}.jpg" for n in range(5)]
    told = [name_in_files(figures, {"holiday": 20}, {"fig": of_all}) for of_all in (10, 15, 18)]
    assert told == ["fig", "", ""], "what most files are called tells no group from another"
