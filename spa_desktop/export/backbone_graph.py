"""The backbone's image side as nodes of a graph: spa-lite's own graph with its weights in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spa_desktop.errors import InputError

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.export.graph_builder import GraphBuilder


def check_backbone(encoder: ClipEncoder) -> None:
    """See that the export knows how to write a backbone.

    Raises:
        InputError: if it does not.
    """
    from spa_desktop.encoders.lite_files import NAME

    if encoder.name != NAME:
        raise InputError(
            f"Only classifiers on {NAME} can be exported, and this one is on {encoder.name}: "
            f"make a project on {NAME} with the same photos to export it"
        )


def write_backbone(graph: GraphBuilder, images: str) -> tuple[str, str]:
    """Views ``(V, 3, S, S)`` to pooled features ``(V, W + T)`` and patches ``(V, h, w, W')``.

    Raises:
        InputError: if a file of the backbone is missing or another than pinned.
    """
    import onnx

    from spa_desktop.encoders.lite_onnx import vision_content, vision_graph_weights

    model = onnx.load_model_from_string(vision_content())
    arrays = {name: tensor.contiguous().numpy() for name, tensor in vision_graph_weights().items()}
    pooled, patches, *_ = graph.graft(model.graph, {model.graph.input[0].name: images}, arrays)
    return pooled, patches
