"""The recipes of docs/recipes.md run as they are written, in the folder where the page puts them."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

MODEL, USE, APP = re.findall(r"^```python\n(.*?)^```", (REPOSITORY / "docs/recipes.md").read_text("utf-8"), re.M | re.S)
# An environment with Gradio, which is in no extra: it wants another Pillow than the package.
GRADIO = Path(os.environ.get("SPA_DESKTOP_GRADIO", "absent")).absolute()
ASK = """
import sys, gradio, runpy
from gradio_client import Client, handle_file
launch = gradio.Interface.launch
gradio.Interface.launch = lambda app: launch(app, prevent_thread_lock=True, quiet=True)
app = runpy.run_path("app.py")["app"]
print(Client(app.local_url, verbose=False).predict(handle_file(sys.argv[1]), fn_index=0)["label"])
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo_set: Any) -> Path:
    shutil.copy(demo_set[0].photos("flamingo", "test")[0], tmp_path / "who.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_saved_classifier_is_a_model_of_mlflow(animal_model, folder, monkeypatch):
    pytest.importorskip("pandas", reason="needs the extra docs")
    pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "1")
    animal_model.save("pets.safetensors")
    (folder / "pets_model.py").write_text(MODEL, encoding="utf-8")
    names: dict[str, Any] = {}
    exec(compile(USE, "docs/recipes.md", "exec"), names)
    assert names["answers"].tolist() == ["flamingo"]


@pytest.mark.slow
@pytest.mark.skipif(not GRADIO.exists(), reason="needs an environment with Gradio: make docs-test")
def test_a_page_of_gradio_uses_an_export(animal_model, folder):
    animal_model.export("export")
    (folder / "export/app.py").write_text(APP, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [GRADIO, "-c", ASK, folder / "who.jpg"], cwd=folder / "export", env=clean, capture_output=True, text=True
    )
    assert done.stdout.split() == ["flamingo"], done.stderr[-3000:]
