"""A device whose memory runs out: the same work on the processor, said once."""

from typing import Self

import pytest
import torch

from spa_desktop.learning import or_on_cpu


class Learner:
    """As far as the fallback looks at one."""

    def __init__(self, device: str) -> None:
        self.device = torch.device(device)

    def to(self, device: str) -> Self:
        return type(self)(device)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("no"), RuntimeError("CUDA out of memory: 3 GB")])
def test_what_does_not_fit_is_done_on_the_processor(error):
    said: list[str] = []
    tried: list[str] = []

    def work(one: Learner) -> str:
        tried.append(one.device.type)
        if one.device.type != "cpu":
            raise error
        return "done"

    assert or_on_cpu(Learner("cuda"), work, said.append) == "done"
    assert tried == ["cuda", "cpu"]
    assert said == ["Memory on cuda ran out while learning or scoring: going on with the CPU"]


@pytest.mark.parametrize(
    ("device", "error"),
    [
        ("cuda", RuntimeError("shapes do not fit")),
        ("cpu", torch.OutOfMemoryError("no")),  # there is nowhere else to go
    ],
)
def test_other_errors_are_told(device, error):
    def work(one: Learner) -> None:
        raise error

    with pytest.raises(type(error)):
        or_on_cpu(Learner(device), work)
