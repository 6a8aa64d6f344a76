"""What a training changed, and that neither a late cancel nor a closed project leaves anything behind."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.project.folders import add_classes
from spa_desktop.project.records import Phrase
from spa_desktop.spa import learner_format
from spa_desktop.workbench import class_changes, recognition, training
from spa_desktop.workbench.open_project import words_to_keep
from spa_desktop.workbench.overview import overview
from spa_desktop.workbench.recognition import known_classes
from tests.workbench.tiny import draw_photo


@pytest.fixture
def bench(described):
    return described


def test_a_cancel_that_comes_when_the_model_is_stored_takes_it_back(bench, monkeypatch):
    """The window says that the model stays as it was: so it must."""
    training.train(bench, task="Task 1")
    before, real, job = bench.project.learner_info(), training.Trained, Job()

    def late(*arguments):
        assert bench.project.learner_info() != before
        job.cancel()
        return real(*arguments)

    monkeypatch.setattr(training, "Trained", late)
    with pytest.raises(Cancelled):
        training.train(bench, job, task="Task 2")
    assert bench.project.learner_info() == before
    assert {one.state for one in bench.project.classes() if one.task_id != before.task_id} == {"described"}
    assert recognition.check(bench).is_valid


def test_the_header_tells_whether_what_was_learned_is_outdated(bench, monkeypatch):
    assert not training.is_outdated(bench.project)
    training.train(bench)
    assert not training.is_outdated(bench.project)
    monkeypatch.setattr(learner_format, "_OLDEST", learner_format.FORMAT + 1)
    assert training.is_outdated(bench.project)


@pytest.fixture
def outdated(two_tasks, monkeypatch):
    """Two tasks were learned by a version of the app whose learners cannot be used any more."""
    old = two_tasks.project.learner_info()
    monkeypatch.setattr(training, "is_outdated", lambda project: project.learner_info() == old)
    return two_tasks


@pytest.mark.parametrize("number", [1, 2])
def test_a_task_that_was_learned_anew_with_all_is_not_asked_for_again(outdated, number):
    assert training.train(outdated, task=f"Task {number}").task.name == f"Task {number}"
    assert {item.state for item in outdated.project.classes()} == {"trained"}


@pytest.mark.parametrize("is_old", [False, True])
def test_a_class_whose_text_is_another_than_the_learned_one_is_learned_anew(taught, monkeypatch, is_old):
    bench, project = taught, taught.project
    if is_old:  # a project of a version that kept the phrases alone
        monkeypatch.setattr(training, "words_to_keep", lambda *about: {"phrases": words_to_keep(*about)["phrases"]})
    red = project.find_class("red").id
    text = replace(project.description(red), phrases=(Phrase("shines", "edited"), Phrase("is round", "edited")))
    with project.transaction("edit") as tx:
        tx.put_description(text)
    class_changes.forget_all(bench)
    training.train(bench)
    before, prior = bench.learner(Job()).memory.globals.means, bench.learner(Job()).memory.globals.prior
    more = replace(text, phrases=(*text.phrases, Phrase("glows", "edited")))
    others = {"a phrase more": more, "no phrase": replace(text, phrases=())}
    if not is_old:
        others["another sentence"] = replace(text, sentence="a red thing")
    with project.transaction("edit") as tx:
        tx.put_description(replace(text, phrases=text.phrases[::-1]))
        tx.approve_descriptions([red])
    assert _anew(bench) == [], "it says the same"
    for name, other in others.items():
        with project.transaction("edit") as tx:
            tx.put_description(other)
        assert _anew(bench) == ["red"], name
        project.undo()
        assert _anew(bench) == [], f"{name}, undone"
    with project.transaction("edit") as tx:
        tx.put_description(more)
        tx.set_split([project.photos(red, split="test")[0].id], "train")
    assert _anew(bench) == ["red"], "with its new photo, whether that can be read or not"
    assert training.train(bench).again == ("red",)
    assert _anew(bench) == []
    assert known_classes(project)[red].phrases[-1] == "glows"
    assert not project.photos(red, split="train", unlearned=True)
    learner = bench.learner(Job())
    assert learner.memory.globals.prior == prior, "its photos count once"
    for name in ("green", "blue"):
        row = learner.memory.index(str(project.find_class(name).id))
        assert any(torch.equal(learner.memory.globals.means[row], one) for one in before), "others stay as they are"
    project.undo()
    assert _anew(bench) == ["red"]


@pytest.mark.parametrize("name", ["red", "green"])
def test_another_text_costs_no_photo_that_cannot_be_read_now(taught, tmp_path, cache_folder, name):
    """As on another computer, to which the project came alone."""
    bench, project = taught, taught.project
    red = project.find_class("red").id
    with project.transaction("edit") as tx:
        tx.put_description(replace(project.description(red), phrases=(Phrase("glows", "edited"),)))
    for photo in project.photos(red, split="train")[:4]:
        Path(photo.path).unlink()
    shutil.rmtree(cache_folder)
    added = draw_photo(tmp_path / "more" / name / "new.png", name, 50)
    add_classes(bench.project, [added.parent], top_up=True, test_share=0.0)
    done = training.train(bench)
    assert (done.topped_up, done.again) == ((name,), ())
    assert len([one for one in project.photos(red, split="train") if one.is_learned]) == 6 + (name == "red")
    assert _anew(bench) == ["red"]
    with pytest.raises(InputError, match="No photo of red can be read"):
        training.train(bench)


def _anew(bench) -> list[str]:
    """The classes that the next training learns anew; `info` calls the same ones stale."""
    stale = [one["name"] for one in overview(bench)["classes"] if one["state"] == "stale"]
    try:
        assert stale == [item.name for item in training.plan(bench).anew]
    except InputError:
        assert stale == []
    return stale
