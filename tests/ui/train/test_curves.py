"""The plot of a training and the stage list by themselves."""

import pytest

from spa_desktop.jobs import JobEvent, Stage
from spa_desktop.project.documents import CurvePoint
from spa_desktop.ui.train.past_trainings import STAGES
from spa_desktop.ui.train.training_view import LearningPlot, StageList


@pytest.fixture
def plot(qtbot, context):
    made = LearningPlot()
    qtbot.addWidget(made)
    return made


def test_figures_that_came_before_the_plot_are_drawn(plot):
    plot.follow([CurvePoint(1, 2.0, 40.0), CurvePoint(2, 1.5, 55.0)])
    assert not plot.is_drawn
    plot.make_plot()
    assert plot.is_drawn
    assert list(plot._loss_curve.getData()[1]) == [2.0, 1.5]
    assert list(plot._accuracy_curve.getData()[1]) == [40.0, 55.0]
    assert "loss 1.5," in plot._plot.widget.accessibleDescription()


def test_stages_are_ticked_in_order(qtbot, context):
    stages = StageList()
    qtbot.addWidget(stages)
    stages.show_event(JobEvent(Stage.ENCODE, 3, 10, None))
    assert [stages.states[one] for one in STAGES] == ["now", "waiting", "waiting", "waiting", "waiting"]
    stages.show_event(JobEvent(Stage.SELECT, 0, None, None))
    assert [stages.states[one] for one in STAGES] == ["done", "passed", "now", "waiting", "waiting"]
    stages.show_event(JobEvent("Something else", 0, None, None))
    assert stages.states["align"] == "now"
    stages.finish()
    assert [stages.states[one] for one in STAGES] == ["done", "passed", "done", "passed", "passed"]
    assert [stages._rows[one][2].text() for one in STAGES] == ["done", "–", "done", "–", "–"], "no text was written"
    stages.show_times({"encode": 7.0, "learn": 0.2})
    assert [stages._rows[one][2].text() for one in STAGES] == ["7 s", "–", "–", "under 1 s", "–"]
    stages.reset()
    assert {stages.states[one] for one in STAGES} == {"waiting"}
