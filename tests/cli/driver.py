"""The command line in forks, on the tiny encoder: `python -m tests.cli.driver`. See `benchmarks.kills.serve`."""

from __future__ import annotations

from benchmarks.kills import serve
from spa_desktop.encoders import backbones
from tests.workbench.tiny import load_tiny

if __name__ == "__main__":
    backbones.load_encoder = load_tiny()  # type: ignore[assignment]
    serve()
