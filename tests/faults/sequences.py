"""Verbs in any order on one project, against a model of what should be there.

:func:`run` has Hypothesis choose the sequences. After each step the file is whole, it holds what the model holds, the
lists of undo and redo are as long as they should be, and the model that was learned answers as it did, to the last bit,
unless the step was one that changes it.
"""

from collections import Counter

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test

from tests.faults.learning_steps import LearningSteps
from tests.faults.photo_steps import PhotoSteps
from tests.faults.sequence_machine import place


class Sequences(PhotoSteps, LearningSteps):
    """A person, or two, at one project."""

    @initialize(data=st.data(), learned=st.integers(0, 2))
    def begin(self, data: st.DataObject, learned: int) -> None:
        """Something is there, and often something is learned."""
        self.add_classes(data)
        for _ in range(learned):
            self.train(data)
            self.add_classes(data)


def run(sequences: int, *, steps: int, chance: int = 0) -> tuple[Counter[str], Counter[str]]:
    """Do so many sequences; give how often each step was done, and how often it was rightly refused.

    Args:
        sequences: how many.
        steps: of each, at the most.
        chance: chooses them.
    """
    chosen = settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        print_blob=True,
    )
    with place() as here:
        run_state_machine_as_test(seed(chance)(Sequences), settings=chosen)
        return here.done, here.refused
