"""The graphs of spa-lite's two networks, without weights: ``python -m models.building.graphs``.

Needs the package `onnx`.
"""
