"""Scanned photos into the project: one transaction, or a clear refusal."""

import pytest

from spa_desktop.errors import InputError
from spa_desktop.photos import opening
from spa_desktop.project import Project, add_classes, find_classes
from spa_desktop.project.records import PhotoCounts


@pytest.fixture
def zoo(tmp_path, draw):
    for name, start in (("llama", 0), ("lotus", 100)):
        for index in range(10):
            draw(tmp_path / f"zoo/{name}/{index}.png", start + index, (8, 8))
    return tmp_path / "zoo"


def add(project, *folders, **options):
    return add_classes(project, find_classes(folders), **options)


def test_a_project_of_very_many_classes_is_counted(project, sql):
    """Its file is small for what is in it: no statement may take as many steps as one of a damaged file."""
    with project.transaction("add", "") as tx:
        tx.add_task("all")
    project.close()
    sql(
        project.path,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 24999)"
        " INSERT INTO classes (name, task_id, state, color) SELECT 'class ' || i, 1, 'new', i FROM n",
    )
    with Project.open(project.path, write=False) as opened:
        assert len(opened.classes()) == 25_000
        assert set(opened.photo_counts().values()) == {PhotoCounts()}
        assert len(opened.photo_counts()) == 25_000


def test_tasks(project, zoo, moths, tmp_path, draw):
    assert add(project, zoo / "llama").task_id == 2  # joins the task that is not trained yet
    assert project.task(add(project, zoo / "lotus", task="Plants").task_id).name == "Plants"
    draw(tmp_path / "tick/a.jpg", 7)
    with pytest.raises(InputError, match="'Task 1' is trained already"):
        add(project, tmp_path / "tick", task="Task 1")
    assert project.task(add(project, tmp_path / "tick", task="Plants").task_id).name == "Plants"


def test_a_folder_in_other_case_is_the_class_that_is_there(project, zoo, tmp_path, draw):
    add(project, zoo / "llama")
    draw(tmp_path / "new/Llama/more.png", 50, (8, 8))
    with pytest.raises(InputError, match=r"a class 'llama' already.*top_up=True"):
        add(project, tmp_path / "new/Llama")
    assert add(project, tmp_path / "new/Llama", top_up=True).class_ids == (1,)
    assert [(item.name, len(project.photos(item.id))) for item in project.classes()] == [("llama", 11)]
    draw(tmp_path / "new/LLAMA/more.png", 51, (8, 8))
    with pytest.raises(InputError, match="would both be the class"):
        find_classes([tmp_path / "new"])


def test_topping_up(project, zoo, draw, tensors, train_task):
    first = add(project, zoo / "llama")
    train_task(project, first.task_id, tensors())
    for index in range(2):
        draw(zoo / f"llama/more {index}.png", 50 + index, (8, 8))
    added = add(project, zoo, top_up=True, task="Task 2")
    assert project.class_(first.class_ids[0]).state == "stale"
    assert len(project.photos(first.class_ids[0])) == 12
    assert sum(item.reason == "the class has this photo already" for item in added.skipped) == 10
    assert added.train + added.test == 12
    assert len(added.class_ids) == 2
    draw(zoo / "lotus/more.png", 60, (8, 8))
    assert add(project, zoo, top_up=True).class_ids == (project.find_class("lotus").id,), "the one that got photos"
    assert project.find_class("lotus").task_id == added.task_id
    with pytest.raises(InputError, match="in the project already: nothing was added"):
        add(project, zoo, top_up=True)
    assert project.check().problems == ()


def test_a_file_that_was_skipped_before_does_not_stop_a_top_up(project, zoo, draw):
    (zoo / "llama/bad.png").write_bytes(b"no photo")
    add(project, zoo)
    draw(zoo / "lotus/more.png", 60, (8, 8))
    added = add(project, zoo, top_up=True)
    assert (added.class_ids, added.train) == ((project.find_class("lotus").id,), 1)
    assert zoo / "llama/bad.png" in {item.path for item in added.skipped}
    with pytest.raises(InputError, match="in the project already: nothing was added"):
        add(project, zoo, top_up=True)


def test_what_the_project_has_is_not_decoded_again(project, zoo, draw, monkeypatch):
    add(project, zoo)
    draw(zoo / "llama/more.png", 50, (8, 8))
    decoded, decode = [], opening.decode
    monkeypatch.setattr(opening, "decode", lambda *photo, **how: decoded.append(photo) or decode(*photo, **how))
    added = add(project, zoo, top_up=True)
    assert (added.train, len(added.skipped), len(decoded)) == (1, 20, 1)


@pytest.mark.parametrize(("before", "more", "held_out"), [(0.2, 10, 2), (0.0, 5, 3), (0.5, 10, 0), (0.2, 1, 0)])
def test_a_top_up_holds_out_the_share_of_the_class_as_a_whole(project, tmp_path, draw, before, more, held_out):
    """The class has ten photos; one new photo at least is learned from."""
    for index in range(10 + more):
        draw(tmp_path / ("first" if index < 10 else "more") / "llama" / f"{index}.png", index, (8, 8))
    add(project, tmp_path / "first", test_share=before)
    added = add(project, tmp_path / "more", top_up=True)
    assert (added.train, added.test) == (more - held_out, held_out)


def test_a_photo_of_another_class_of_the_project_is_named(project, zoo, tmp_path, draw):
    add(project, zoo / "llama")
    draw(tmp_path / "tick/good.png", 999, (8, 8))
    draw(tmp_path / "tick/copy.png", 3, (8, 8))
    with pytest.raises(InputError) as caught:
        add(project, tmp_path / "tick")
    for part in ("'llama'", "'tick'", "3.png", "copy.png"):
        assert part in str(caught.value)
    assert len(project.photos()) == 10
    assert project.find_class("tick") is None


def test_a_new_class_needs_something_to_learn_from(project, tmp_path, draw):
    draw(tmp_path / "llama/test/a.png", 1)
    with pytest.raises(InputError, match="none to learn from"):
        add(project, tmp_path / "llama")
    assert project.tasks() == []
