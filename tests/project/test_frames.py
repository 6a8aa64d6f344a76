"""Where a user says that the thing is: kept with the photo, checked at the gate, undone like any other edit."""

import pytest

from spa_desktop.errors import InputError
from spa_desktop.project import Project
from spa_desktop.project.records import TestAnswer

FRAME = (0.1, 0.25, 0.5, 0.75)


def set_frame(project, photo, frame=FRAME):
    with project.transaction("frame", photo.name) as tx:
        tx.set_frame(photo.id, frame)


def test_a_frame_is_kept_and_taken_back(moths):
    photo = next(photo for photo in moths.photos(split="train") if photo.is_learned)
    set_frame(moths, photo, (0.1, 0.25, 0.5, 0.750004))
    framed = moths.photo(photo.id)
    assert (framed.frame, framed.is_learned, moths.class_(photo.class_id).state) == (FRAME, False, "stale")
    set_frame(moths, photo)  # it says nothing new
    moths.undo()
    moths.undo()
    assert moths.photo(photo.id) == photo
    assert moths.class_(photo.class_id).state == "trained"
    assert moths.check().problems == ()


def test_a_test_photo_is_looked_at_anew(moths):
    photo, other = moths.photos(split="test")[:2]
    answers = [TestAnswer(each.id, (each.class_id,), (1.0,)) for each in (photo, other)]
    with moths.transaction("evaluate") as tx:
        tx.add_answers(moths.learner_info().id, answers)
    set_frame(moths, photo)
    assert photo.id in {missing.id for missing in moths.missing_test_features("clip")}
    assert moths.answers(moths.learner_info().id) == answers[1:]
    assert moths.class_(photo.class_id).state == "trained"
    moths.undo()
    assert photo.id in dict(moths.test_features("clip", range(99)))
    assert moths.answers(moths.learner_info().id) == answers


@pytest.mark.parametrize("frame", [(-0.1, 0, 0.5, 1), (0.1, 0.1, 1.1, 0.5), (0.5, 0.1, 0.5, 0.9), (0.9, 0, 0.1, 1)])
def test_a_frame_outside_of_the_photo_or_of_no_area_is_refused(moths, frame):
    photo = moths.photos()[0]
    with pytest.raises(InputError, match=r"A frame of /photos/atlas 0\.jpg is outside of the photo or has no area"):
        set_frame(moths, photo, frame)
    assert moths.photo(photo.id).frame is None


def test_a_project_with_the_least_frame_opens_again(whole, tmp_path):
    path = tmp_path / "a.spa"
    path.write_bytes(whole.read_bytes())
    frame = (0.0158, 0.0, 0.0258, 1.0)  # as floats its sides are less than 0.01 apart
    with Project.open(path, write=True) as project:
        set_frame(project, project.photos()[0], frame)
    with Project.open(path) as project:
        assert project.photos()[0].frame == frame


@pytest.mark.parametrize("table", ["photos", "corrections"])
@pytest.mark.parametrize(
    "frame", ["[0, 0, 1]", '["a", 0, 1, 1]', "[0, 0, null, 1]", "[0.5, 0, 0.5, 1]", "[0, 0, 1, 2]", "[0, 0, 1, 1", "7"]
)
def test_a_file_with_another_frame_is_damaged(whole, tmp_path, sql, table, frame):
    path = tmp_path / "a.spa"
    path.write_bytes(whole.read_bytes())
    sql(path, f"UPDATE {table} SET frame = '{frame}' WHERE id = 3")
    with pytest.raises(InputError, match="damaged"):
        Project.open(path)
