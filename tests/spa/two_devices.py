"""A second device on a machine that has one: tensors that say they lie there, refuse company, and still have values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, unset_fake_temporarily
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_leaves, tree_map

# FakeTensorMode can name any device, "cuda:0" as well. A backward pass, however, asks for the guard of the device,
# which a build without CUDA lacks for CUDA, and every build has for this one.
OTHER = torch.device("lazy", 0)

# One for all blocks, so that what one block made can be used in another.
_FAKE = FakeTensorMode()
_INDEXING = (torch.ops.aten.index, torch.ops.aten.index_put, torch.ops.aten.index_put_)


class TwoDevices(TorchDispatchMode):
    """Runs each operation twice: on fake tensors, which have a device, and on tensors of the CPU, which have values.

    Fake tensors refuse to be mixed as those of a GPU would be. The values let conditions be asked and sizes depend on
    them, so that what runs is what would run on a GPU.
    """

    def __init__(self) -> None:
        super().__init__()
        self._fake = _FAKE

    def __enter__(self) -> TwoDevices:
        self._fake.__enter__()
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._fake.__exit__(kind, error, trace)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.prim.device.default:
            return args[0].fake_device
        kwargs = kwargs or {}
        with unset_fake_temporarily():
            on_cpu, settings = tree_map(_on_cpu, (args, kwargs))
            values = func(*on_cpu, **settings)
        if not any(isinstance(leaf, Tensor) for leaf in tree_leaves(values)):
            return values
        args, kwargs = tree_map(self._faked, (args, kwargs))
        given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        if not given:
            return tree_map(lambda value: self._faked(value, kwargs.get("device")), values)
        if func.overloadpacket in _INDEXING:
            # The number of places that a mask holds is a value, so masks become places.
            args = (args[0], [part for index in args[1] for part in self._places(index)], *args[2:])
        elif torch.Tag.dynamic_output_shape in func.tags:
            return tree_map(lambda value: self._faked(value, given[0].device), values)
        found = func(*args, **kwargs)
        for fake, value in zip(tree_leaves(found), tree_leaves(values), strict=True):
            if isinstance(fake, Tensor):
                assert fake.shape == value.shape
                fake.value = value  # type: ignore[attr-defined]
        return found

    def _faked(self, value: Any, device: torch.device | None = None) -> Any:
        if not isinstance(value, Tensor) or isinstance(value, FakeTensor):
            return value
        fake = self._fake.from_tensor(value)
        fake = fake if device is None else fake.to(device)
        fake.value = value  # type: ignore[attr-defined]
        return fake

    def _places(self, index: Tensor | None) -> list[Tensor | None]:
        if index is None or index.dtype != torch.bool:
            return [index]
        with unset_fake_temporarily():
            places = _on_cpu(index).nonzero(as_tuple=True)
        return [self._faked(part, index.device) for part in places]


def _on_cpu(value: Any) -> Any:
    if isinstance(value, FakeTensor):
        return value.value  # type: ignore[attr-defined]
    return torch.device("cpu") if isinstance(value, torch.device) else value


def values_of(tensor: Tensor) -> Tensor:
    """The values of a tensor of either device, to be looked at outside of :func:`two_devices`."""
    found: Tensor = _on_cpu(tensor)
    return found


def _numpy(tensor: FakeTensor) -> Any:
    if tensor.fake_device.type != "cpu":
        raise TypeError("can't convert a tensor of another device to numpy: use Tensor.cpu()")
    with _disable_current_modes():
        return values_of(tensor).numpy()


@contextmanager
def two_devices() -> Iterator[None]:
    """In this block there is a second device, :data:`OTHER`."""
    with (
        pytest.MonkeyPatch.context() as patch,
        # Backward passes of another device run in threads of their own, which do not know of this block.
        torch.autograd.set_multithreading_enabled(False),
        TwoDevices(),
    ):
        patch.setattr(FakeTensor, "numpy", _numpy, raising=False)
        yield
