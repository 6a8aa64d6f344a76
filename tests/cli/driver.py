"""The command line in forks, on the tiny encoder: `python -m tests.cli.driver`. See `benchmarks.kills.serve`."""

import tempfile
from pathlib import Path

from benchmarks.kills import serve
from spa_desktop.encoders import backbones
from spa_desktop.workbench import Workbench
from tests.workbench.tiny import draw_classes, load_tiny


def serve_on_tiny() -> None:
    """Serve on the tiny encoder, after each verb was done twice: what libraries load at their first use is loaded."""
    backbones.load_encoder = load_tiny()  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as name, Workbench.create(Path(name, "Colours.spa")) as bench:
        for look in ("red", "blue"):
            bench.add([draw_classes(Path(name, look), (look,))], task=look)
            bench.describe()
            bench.train()
    serve()


if __name__ == "__main__":
    serve_on_tiny()
