"""The settings of the method: kept with the project, heard by the trainings that come."""

import dataclasses

from spa_desktop.jobs import Job
from spa_desktop.project.folders import add_classes
from spa_desktop.spa.config import SpaConfig
from spa_desktop.workbench import class_changes, evaluating, training
from spa_desktop.workbench.method_settings import MethodSettings
from spa_desktop.workbench.open_project import OpenProject


def config_of(bench: OpenProject) -> SpaConfig:
    learner = bench.learner(Job())
    assert learner is not None
    return learner.config


def test_they_are_kept_with_the_project_and_make_no_step_of_undo(bench, photos, path):
    add_classes(bench.project, [photos / "1"])
    steps = bench.project.undo_changes
    bench.set_method(MethodSettings(patches=4, epsilon=0.2, exemplars=3))
    assert bench.project.undo_changes == steps
    bench.close()
    with OpenProject.open(path) as again:
        assert again.method == MethodSettings(4, 0.2, 3)
        assert again.project.history(1)[0].summary == "K 4, epsilon 0.2, exemplars 3"
        again.set_method(MethodSettings())
        assert again.project.setting("method") is None, "defaults are not written down"


def test_the_first_training_uses_them_and_says_so(bench, photos):
    add_classes(bench.project, [photos / "1"])
    bench.set_method(MethodSettings(patches=3, epsilon=0.2, exemplars=2))
    training.train(bench)
    assert (config_of(bench).patches, config_of(bench).epsilon) == (3, 0.2)
    assert bench.project.learner_info().meta["method"] == {"patches": 3, "epsilon": 0.2, "views": 3}
    assert {len(bench.project.exemplars(item.id)) for item in bench.project.classes()} == {2}
    # 6 photos, 2 views, 3 patches of each.
    memory = bench.learner(Job()).memory
    assert memory.selected.counts.tolist() == [54.0] * 3


def test_what_was_learned_keeps_its_patches_and_takes_epsilon_with_the_next_task(taught, teach):
    before, blob = evaluating.evaluate(taught), taught.project.learner().blob
    taught.set_method(MethodSettings(patches=3, epsilon=0.2))
    assert taught.project.learner().blob == blob
    assert evaluating.evaluate(taught) == before
    teach(taught, 2)
    assert config_of(taught) == dataclasses.replace(SpaConfig(), epsilon=0.2)
    memory = taught.learner(Job()).memory
    assert len(set(memory.selected.counts.tolist())) == 1, "all sums are of the same number of patches"
    class_changes.forget_all(taught)
    training.train(taught)
    assert config_of(taught).patches == 3
