"""The graphs of spa-lite's two networks, without weights: ``python -m scripts.graphs``. Needs the package `onnx`."""
