"""The command line in forks, on the tiny encoder: `python -m tests.cli.driver`. See `benchmarks.kills.serve`."""

import tempfile
from pathlib import Path

from benchmarks.kills import serve
from spa_desktop.encoders import backbones
from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import describing, training
from spa_desktop.workbench.open_project import OpenProject
from tests.workbench.tiny import draw_classes, load_tiny


def serve_on_tiny() -> None:
    """Serve on the tiny encoder, after each verb was done twice: what libraries load at their first use is loaded."""
    backbones.load_encoder = load_tiny()  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as name, OpenProject.create(Path(name, "Colours.spa")) as bench:
        for look in ("red", "blue"):
            add_classes(bench.project, [draw_classes(Path(name, look), (look,))], task=look)
            describing.describe(bench)
            training.train(bench)
    serve()


if __name__ == "__main__":
    serve_on_tiny()
