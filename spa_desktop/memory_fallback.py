"""What a learner does where a graphics card has too little memory: the same on the processor, and says so once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from spa_desktop.spa.learner import SpaLearner

_T = TypeVar("_T")


def or_on_cpu(
    learner: SpaLearner, work: Callable[[SpaLearner], _T], on_message: Callable[[str], None] | None = None
) -> _T:
    """Do work with a learner, and again on the processor if the memory of its device runs out.

    Args:
        learner: on any device.
        work: is given the learner to work with.
        on_message: is told in one line when it is done on the processor.

    Raises:
        Whatever `work` raises, but for memory that ran out on another device than the processor.
    """
    from spa_desktop.encoders.device import forget_cached_memory, is_out_of_memory

    try:
        return work(learner)
    except (RuntimeError, MemoryError) as error:
        if learner.device.type == "cpu" or not is_out_of_memory(error):
            raise
    # Outside of the except block: there the error would keep the failed tensors alive.
    forget_cached_memory(learner.device)
    if on_message is not None:
        on_message(f"Memory on {learner.device.type} ran out while learning or scoring: going on with the CPU")
    return work(learner.to("cpu"))
