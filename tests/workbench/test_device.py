"""Where the engine runs, as far as that is known without loading it."""

import sys
from types import SimpleNamespace

import pytest
import torch

from spa_desktop.encoders import device
from spa_desktop.errors import InputError
from spa_desktop.workbench import Workbench, open_project


@pytest.fixture
def built(tmp_path, monkeypatch):
    """``built("cuda = '12.8'")`` makes torch one that was built so."""
    open_project.only_device.cache_clear()

    def build(*lines: str) -> None:
        (tmp_path / "version.py").write_text("\n".join(lines))
        spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
        monkeypatch.setattr(open_project, "PathFinder", SimpleNamespace(find_spec=lambda name: spec))

    yield build
    open_project.only_device.cache_clear()


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac may have its own")
def test_a_torch_for_the_cpu_alone_leaves_no_choice(built):
    built("__version__ = '2.13.0+cpu'", "cuda: Optional[str] = None", "hip: Optional[str] = None")
    assert open_project.only_device() == "cpu"


@pytest.mark.parametrize("line", ["cuda: Optional[str] = '12.8'", "hip = '6.2'"])
def test_a_torch_for_gpus_leaves_it_open(built, line):
    built("__version__ = '2.13.0'", line)
    assert open_project.only_device() == ""


def test_a_chosen_device_and_one_that_is_used(path, photos, monkeypatch):
    monkeypatch.setattr(open_project, "only_device", lambda: "")
    with Workbench.create(path) as bench:
        assert bench.device == ""
        bench.add([photos / "1"])
        bench.describe()
        assert bench.device == "cpu"
    with Workbench.open(path, device="cuda") as bench:
        assert bench.device == "cuda"


def test_another_device_holds_from_the_next_verb_on(taught, tiny, monkeypatch):
    taught.recognizer()
    loaded = len(tiny)
    monkeypatch.setattr(device, "choose_device", torch.device)  # as if all of them were there
    for name in ("cuda", "cpu"):
        taught.use_device(name)
        taught.recognizer()
        assert len(tiny) == loaded + 1, "the encoder was loaded anew, once for each device"


def test_a_device_that_is_not_there_is_refused_and_changes_nothing(taught, tiny):
    taught.recognizer()
    with pytest.raises(InputError, match=r"nonsense|no such|has no"):
        taught.use_device("nonsense")
    taught.recognizer()
    assert len(tiny) == 1
