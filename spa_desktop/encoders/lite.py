"""spa-lite, the embedded backbone: EfficientNet-Lite2 and MiniLM, joined by small projections.

Both networks come as PyPI packages, the projections with the app. On a CPU ONNX Runtime computes the networks
(:mod:`~spa_desktop.encoders.lite_onnx`), on other devices torch (:mod:`~spa_desktop.encoders.lite_torch`): the same
features, to rounding.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.lite_files import NAME, read_prior
from spa_desktop.encoders.towers import Towers
from spa_desktop.errors import InputError


def load_lite(*, device: torch.device | None = None, on_message: Callable[[str], None] | None = None) -> ClipEncoder:
    """The embedded backbone, ready to encode.

    Args:
        device: where to run; None is the CPU.
        on_message: is told in one line when ONNX Runtime cannot be used, or memory runs out.

    Raises:
        InputError: if a file is missing or has another checksum than pinned.
    """
    towers = _on_the_cpu(on_message) if device is None or device.type == "cpu" else None
    if towers is None:
        from spa_desktop.encoders.lite_torch import torch_towers

        towers = torch_towers()
    return ClipEncoder(towers, name=NAME, device=device, on_message=on_message, prior=read_prior())


def _on_the_cpu(on_message: Callable[[str], None] | None) -> Towers | None:
    """The towers in ONNX Runtime, or None where it is missing or does not work."""
    try:
        from spa_desktop.encoders.lite_onnx import runtime_towers

        return runtime_towers()
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - the runtime's errors have no base, and torch can do the same
        why = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        if on_message is not None:
            on_message(f"ONNX Runtime cannot be used ({why}): photos are encoded by torch, which takes longer")
        return None
