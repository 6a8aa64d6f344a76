"""Devices as a person reads them, and which of them did what in a training."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

_NAMES = {"cpu": "CPU", "cuda": "NVIDIA GPU", "mps": "Apple GPU"}


def device_name(kind: str) -> str:
    """A device of torch in words; one that is not known stays as it is.

    >>> device_name("cuda"), device_name("xpu"), device_name("")
    ('NVIDIA GPU', 'xpu', '')
    """
    return _NAMES.get(kind, kind)


def devices_of_training(record: Mapping[str, object]) -> str:
    """Where a training encoded and where it learned, from what is kept beside a learner; "" where that is not known.

    >>> devices_of_training({"devices": {"encoder": "cuda", "learner": "cpu"}})
    'photos encoded on NVIDIA GPU, learned on CPU'
    """
    devices = record.get("devices")
    if not isinstance(devices, dict):
        return ""
    encoder, learner = devices.get("encoder"), devices.get("learner")
    if not isinstance(encoder, str) or not isinstance(learner, str):
        return ""
    return QCoreApplication.translate("devices", "photos encoded on {encoder}, learned on {learner}").format(
        encoder=device_name(encoder), learner=device_name(learner)
    )
