"""The ``README.md`` of an export: what its files are and how each is used."""

from __future__ import annotations

from typing import Any


def readme_of(signature: dict[str, Any], runtime: dict[str, Any]) -> str:
    """The text, from the content of ``signature.json`` and what the page computes with."""
    labels, tasks = signature["labels"], signature["tasks"]
    accuracy, model = signature["accuracy"], signature["model"]
    measured = (
        "There were no test photos, so how well it recognises is not known."
        if accuracy is None
        else f"The app recognised {accuracy['per_cent']:.1f} % of {accuracy['test_photos']} test photos when this was "
        "exported."
    )
    precision = " Its weights are in half precision." if model["weights"] == "float16" else ""
    grid = " x ".join(str(size) for size in signature["outputs"][1]["shape"])
    task_lines = "\n".join(f"- {_plain(name or 'task')}: {len(names)} classes" for name, names in _tasks(tasks))
    licences = "\n".join(f"- {one['part']}: {one['licence']}" for one in signature["licences"])
    return f"""# {_plain(signature["title"])}

An image classifier of {len(labels)} classes, learned with SPA Desktop {signature["app_version"]}. {measured}
All it needs is in this folder.

| file | what |
| --- | --- |
| `model.onnx` | the classifier, {model["bytes"] / 1e6:.1f} MB, ONNX opset {model["opset"]}.{precision} |
| `labels.txt` | the classes, one a line, in the order of the probabilities |
| `signature.json` | names, shapes, classes of each task, accuracy, licences, for programs |
| `predict.py` | recognises photos, folders and what a camera sees |
| `index.html` | a page that does the same in a browser |

## On a computer

    pip install numpy Pillow onnxruntime
    python predict.py photo.jpg folder/
    python predict.py --json photo.jpg
    python predict.py --camera

## In a browser

Browsers open the page from a web server only; this is one:

    python -m http.server

Then open http://localhost:8000. Put the folder on any file server to use it on a telephone: cameras need `https`.
Photos never leave the browser. It computes with {runtime["package"]}, from {_where(runtime)}.

## In a program

    import os
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import numpy, onnxruntime
    from PIL import Image
    session = onnxruntime.InferenceSession("model.onnx")
    photo = numpy.asarray(Image.open("photo.jpg").convert("RGB"))
    probabilities, patch_weights = session.run(["probabilities", "patch_weights"], {{"photo": photo}})

The second line keeps ONNX Runtime from reporting to its makers, if it comes before the import; `predict.py` has it too.

`photo` is uint8, `(height, width, 3)`, RGB, of any size, turned upright. Everything else is in the model: the shorter
side is brought to 260 pixels (bicubic, antialiased, as Pillow does it), the middle square is seen as it is and
mirrored, and the middle of the photo enlarged. `probabilities` has one number for each line of `labels.txt`.
`patch_weights` ({grid}) says how much each place of the middle square spoke for the first class against the second.

## Classes

{task_lines}

## Licences

{licences}
"""


def _tasks(tasks: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(task["name"], task["labels"]) for task in tasks]


def _where(runtime: dict[str, Any]) -> str:
    address: str = runtime["script"]["url"]
    return f"{address.split('/')[2]}, checked by its hash" if "://" in address else "the folder `runtime/`"


def _plain(text: str) -> str:
    """A name as Markdown shows it literally."""
    line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|!&" else sign for sign in line)
