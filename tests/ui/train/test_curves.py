"""The live plot and the stage list by themselves."""

from __future__ import annotations

import pytest

from spa_desktop.jobs import JobEvent, Stage
from spa_desktop.ui.train.during_training import STAGES, StageList
from spa_desktop.ui.train.training_plot import LearningPlot


def step(done, loss, accuracy):
    return JobEvent(Stage.PROJECT, done, 60, None, values=(("loss", loss), ("accuracy", accuracy)))


@pytest.fixture
def plot(qtbot, context):
    made = LearningPlot()
    qtbot.addWidget(made)
    return made


def test_figures_that_came_before_the_plot_are_drawn(plot):
    plot.add(step(1, 2.0, 40.0))
    plot.add(step(2, 1.5, 55.0))
    assert not plot.is_drawn
    plot.make_plot()
    assert plot.is_drawn
    assert list(plot._loss_curve.getData()[1]) == [2.0, 1.5]
    assert list(plot._accuracy_curve.getData()[1]) == [40.0, 55.0]
    assert "loss 1.5," in plot._plot.widget.accessibleDescription()


def test_the_axis_of_small_losses_says_what_they_are(plot):
    plot.make_plot()
    for number, loss in ((1, 4e-5), (2, 5e-5)):
        plot.add(step(number, loss, 100.0))
    plot._draw()
    plot.restyle()  # as a change of theme does
    axis = plot._plot.item.getAxis("left")
    assert axis.tickStrings([4e-5], axis.autoSIPrefixScale * axis.scale, 1e-5) == ["4e-05"]


def test_items_are_made_once_and_redrawn_by_a_timer(qtbot, plot):
    plot.make_plot()
    curve = plot._loss_curve
    for number in range(1, 50):
        plot.add(step(number, 1 / number, 90.0))
    assert curve.getData()[0] is None, "nothing is drawn before the timer"
    qtbot.waitUntil(lambda: curve.getData()[0] is not None and len(curve.getData()[0]) == 49)
    assert plot._loss_curve is curve


def test_a_second_round_goes_on_where_the_first_ended(plot):
    for number in (1, 2, 3, 1, 2):
        plot.add(step(number, 1.0, 50.0))
    assert [point[0] for point in plot.points] == [1, 2, 3, 4, 5]


def test_events_without_figures_are_no_points(plot):
    plot.add(JobEvent(Stage.ENCODE, 3, 10, None))
    assert plot.points == []
    plot.add(step(1, 1.0, 50.0))
    plot.clear()
    assert plot.points == []


def test_stages_are_ticked_in_order(qtbot, context):
    stages = StageList()
    qtbot.addWidget(stages)
    stages.show_event(JobEvent(Stage.ENCODE, 3, 10, None))
    assert [stages.state(one) for one in STAGES] == ["now", "waiting", "waiting", "waiting", "waiting"]
    stages.show_event(JobEvent(Stage.SELECT, 0, None, None))
    assert [stages.state(one) for one in STAGES] == ["done", "done", "now", "waiting", "waiting"]
    stages.show_event(JobEvent("Something else", 0, None, None))
    assert stages.state("align") == "now"
    stages.finish()
    assert {stages.state(one) for one in STAGES} == {"done"}
    stages.reset()
    assert {stages.state(one) for one in STAGES} == {"waiting"}


def test_a_check_before_the_training_ticks_no_stage_of_it(qtbot, context):
    stages = StageList()
    qtbot.addWidget(stages)
    for stage in (Stage.ENCODE, Stage.TEST, Stage.ENCODE):
        stages.show_event(JobEvent(stage, 1, 10, None))
    assert [stages.state(one) for one in STAGES] == ["now", "waiting", "waiting", "waiting", "waiting"]
    stages.show_event(JobEvent(Stage.TEST, 1, 10, None))
    stages.show_event(JobEvent(Stage.SAVE, 0, None, None))
    assert [stages.state(one) for one in STAGES] == ["done", "done", "done", "done", "now"]
