"""The app answers at once: neither its import nor its help loads torch, Qt or anything else that takes seconds."""

import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
HEAVY = (
    *("torch", "torchvision", "onnxruntime", "open_clip", "timm", "transformers", "huggingface_hub"),
    *("ot", "sklearn", "scipy", "openai", "PySide6", "pyqtgraph", "ray"),
)


def _loaded_after(code: str, folder: Path, **environment: str) -> list[str]:
    report = f"import sys; sys.stderr.write('LOADED ' + ' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    here = {**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}
    command = [sys.executable, "-c", f"{code}\n{report}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=here, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr.rsplit("LOADED", 1)[1].split()


def test_neither_imports_nor_the_help_load_anything_heavy(tmp_path: Path) -> None:
    modules = sorted(file.stem for file in (REPOSITORY / "spa_desktop" / "descriptions").glob("[!_]*.py"))
    assert "offline_writer" in modules
    code = f"from spa_desktop.descriptions import {', '.join(modules)}\n"
    code += "import sys, spa_desktop.demo, spa_desktop.project, spa_desktop.workbench\n"
    code += "from spa_desktop.workbench.open_project import only_device; only_device()\n"
    code += "from spa_desktop.cli import main\nsys.argv = ['spa-desktop', '--help']\n"
    code += "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    assert _loaded_after(code, tmp_path) == []


def test_what_libraries_report_is_off_before_one_is_loaded(tmp_path: Path) -> None:
    """Whatever the person's environment says, and all that the documentation names."""
    page = (REPOSITORY / "docs" / "dependencies.md").read_text(encoding="utf-8")
    named = dict(re.findall(r"`([A-Z_]+)=([01])`", page))
    assert len(named) >= 3
    other = {name: "1" if value == "0" else "0" for name, value in named.items()}
    code = f"import os, spa_desktop; assert {named!r}.items() <= os.environ.items(), dict(os.environ)"
    assert _loaded_after(code, tmp_path, **other) == []


def test_the_window_starts_with_its_plots_and_without_torch(tmp_path: Path) -> None:
    """pyqtgraph has to be there before the first thread: imported in a worker while widgets are made, it crashed."""
    assert sorted(_loaded_after("import spa_desktop.ui.app", tmp_path)) == ["PySide6", "pyqtgraph"]
