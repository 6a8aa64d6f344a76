"""Write the graphs beside spa-lite's projections, or into ``--out``, and print their checksums."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from onnx import ModelProto, shape_inference

from models.building.graphs.text import text_graph
from models.building.graphs.vision import vision_graph
from spa_desktop.encoders import lite_files
from spa_desktop.encoders.lite_onnx import EIGHT_BIT_GRAPH, TEXT_GRAPH, VISION_GRAPH
from spa_desktop.paths import models_dir


def graphs() -> dict[str, bytes]:
    """The content of each file, by its name. The same bytes whenever it is called."""
    dim = int(lite_files.read_config()["dim"])
    config = json.loads((lite_files.text_folder() / "config.json").read_text(encoding="utf-8"))
    models = {
        VISION_GRAPH: vision_graph(),
        EIGHT_BIT_GRAPH: vision_graph(is_eight_bit=True),
        TEXT_GRAPH: text_graph(config, dim),
    }
    return {name: _checked(model) for name, model in models.items()}


def _checked(model: ModelProto) -> bytes:
    # The checker of `onnx` wants the weights; shapes and types can be checked without.
    shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def main() -> None:
    """Write them."""
    parser = argparse.ArgumentParser(prog="python -m models.building.graphs", description=__doc__)
    parser.add_argument("--out", type=Path, default=models_dir() / lite_files.NAME, help="folder to write to")
    arguments = parser.parse_args()
    for name, content in graphs().items():
        (arguments.out / name).write_bytes(content)
        print(f"{hashlib.sha256(content).hexdigest()}  {name}, {len(content):,} bytes")


if __name__ == "__main__":
    main()
