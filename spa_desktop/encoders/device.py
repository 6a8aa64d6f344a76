"""Where the encoder runs, at which precision, and what to do when memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from spa_desktop.errors import FilledText, InputError, SpaError
from spa_desktop.visible import QT_TRANSLATE_NOOP

# Photos a forward pass. On a CPU small batches stay in its cache; `python -m benchmarks.speed encoding` measures it.
BATCH = {"cuda": 256, "mps": 32, "cpu": 4}


def choose_device(name: str) -> torch.device:
    """The device called `name`; ``auto`` takes CUDA, then Apple's MPS, then the CPU.

    Raises InputError if this computer has no such device.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, is_there in available.items() if is_there))
    try:
        device = torch.device(name)
    except RuntimeError:
        text = QT_TRANSLATE_NOOP("errors", "Unknown device {name}: use auto, cuda, mps or cpu")
        raise InputError(text, name=repr(name)) from None
    if not available.get(device.type, False):
        text = QT_TRANSLATE_NOOP("errors", "This computer has no {name} device: use auto or cpu")
        raise InputError(text, name=device.type)
    return device


def has_fast_bfloat16() -> bool:
    """This processor multiplies bfloat16 in hardware. With ``ATEN_CPU_CAPABILITY=avx2``, torch's own, it does not."""
    has_it = getattr(torch.cpu, "_is_avx512_bf16_supported", bool)()
    return bool(has_it) and torch.backends.cpu.get_cpu_capability() == "AVX512"


def is_out_of_memory(error: BaseException) -> bool:
    """True if `error` says that memory ran out, as CUDA, MPS or the CPU's allocator put it."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)


def forget_cached_memory(device: torch.device) -> None:
    """Give memory that torch holds for later back to the device."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def joined(parts: Sequence[Tensor]) -> Tensor:
    """`parts` along their first axis; one alone is not copied."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


@dataclass
class BatchRunner:
    """Runs a function over a batch in pieces that fit the memory."""

    device: torch.device  # where the next piece runs; becomes the CPU when even one item does not fit
    move: Callable[[torch.device], None]  # moves the model to a device
    # called with one line whenever the pieces shrink or the device changes
    on_message: Callable[[str], None] | None = None
    limit: int | None = None  # the most items in a piece; None until memory has run out once

    def run(self, function: Callable[[Tensor], tuple[Tensor, ...]], batch: Tensor) -> tuple[Tensor, ...]:
        """`function` over `batch`; results are float32, on the CPU, joined along the first axis.

        Raises SpaError if a single item does not fit the CPU's memory.
        """
        pieces: list[tuple[Tensor, ...]] = []
        start = 0
        while start < len(batch):
            size = min(self.limit or len(batch), len(batch) - start)
            try:
                kind = self.device.type
                half = torch.autocast(kind, torch.float16) if kind in ("cuda", "mps") else nullcontext()
                with torch.no_grad(), half:
                    result = function(batch[start : start + size].to(self.device))
                    pieces.append(tuple(part.float().cpu() for part in result))
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                size_that_failed = size
            else:
                start += size
                continue
            # Outside of the except block: there the error would keep the failed tensors alive.
            self._shrink(size_that_failed)
        return tuple(joined(parts) for parts in zip(*pieces, strict=True))

    def _shrink(self, size: int) -> None:
        forget_cached_memory(self.device)
        if size > 1:
            self.limit = size // 2
            text = QT_TRANSLATE_NOOP("errors", "Memory on {name} ran out: going on with batches of {n}")
            self._say(FilledText.of(text, name=self.device.type, n=self.limit))
        elif self.device.type != "cpu":
            was, self.device, self.limit = self.device.type, torch.device("cpu"), None
            self.move(self.device)
            text = QT_TRANSLATE_NOOP("errors", "Memory on {name} does not hold a single photo: going on with the CPU")
            self._say(FilledText.of(text, name=was))
        else:
            text = QT_TRANSLATE_NOOP(
                "errors", "Memory ran out while encoding a single photo: close other programs and try again"
            )
            raise SpaError(text)

    def _say(self, text: str) -> None:
        if self.on_message is not None:
            self.on_message(text)
