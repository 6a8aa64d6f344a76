"""Weights come from a hub that is served here; whatever goes wrong is one line, and the next try goes on."""

import hashlib
import json
import shutil
from contextlib import contextmanager
from pathlib import Path

import open_clip
import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import save

from spa_desktop import SpaClassifier
from spa_desktop.encoders import backbones
from spa_desktop.encoders.backbones import checked_name, fetch, load_encoder
from spa_desktop.errors import InputError, SpaError
from spa_desktop.feature_store import loaded_encoder
from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import training
from spa_desktop.workbench.open_project import OpenProject
from tests.workbench.tiny import writer_of_six_phrases

PAIR, PLACE = "ViT-B-16/laion400m_e32", "timm/vit_base_patch16_clip_224.laion400m_e32"
FILE = (PLACE, "open_clip_model.safetensors")
WEIGHTS = bytes(range(256)) * 16_000  # nobody loads them here; the client writes a megabyte at a time


def fetched(hub_here):
    return [path.read_bytes() for path in Path(constants.HF_HUB_CACHE).rglob("open_clip_model.safetensors")]


def test_a_download_that_was_stopped_goes_on(hub_here):
    class Stop(Exception):
        pass

    def stop(done, total):
        assert total == len(WEIGHTS)
        if done > 2_500_000:
            raise Stop

    hub_here.files[FILE] = WEIGHTS
    with pytest.raises(Stop):
        fetch(PAIR, lambda offer: True, stop)
    assert fetched(hub_here) == []
    hub_here.asked.clear()
    steps = []
    fetch(PAIR, lambda offer: True, lambda *step: steps.append(step))
    assert {start for method, _, start in hub_here.asked if method == "GET"} == {2 * 2**20}
    assert steps[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert fetched(hub_here) == [WEIGHTS]
    hub_here.asked.clear()
    fetch(PAIR, lambda offer: pytest.fail("it is here"))
    assert hub_here.asked == []


def test_a_beginning_that_is_too_long_is_left(hub_here):
    hub_here.files[FILE] = WEIGHTS
    checksum = hashlib.sha256(WEIGHTS).hexdigest()
    begun = Path(constants.HF_HUB_CACHE) / f"models--{PLACE.replace('/', '--')}" / "blobs" / f"{checksum}.incomplete"
    begun.parent.mkdir(parents=True)
    begun.write_bytes(WEIGHTS + b"more")
    fetch(PAIR, lambda offer: True)
    assert fetched(hub_here) == [WEIGHTS]


@contextmanager
def wrong_bytes(hub):
    hub.wrong = True
    yield
    hub.wrong = False


@contextmanager
def small_disk(hub):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@contextmanager
def no_repository(hub):
    hub.files.clear()
    yield
    hub.files[FILE] = WEIGHTS


@contextmanager
def no_network(hub):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", "http://127.0.0.1:9/{repo_id}/{revision}/{filename}")
        yield


@pytest.mark.parametrize(
    ("trouble", "line"),
    [
        (wrong_bytes, r"open_clip_model.safetensors came from .* with the wrong checksum, and was deleted: try again"),
        (small_disk, rf"Backbone {PAIR} cannot be written to .*hub \(.*\): make room or name another folder"),
        (no_repository, rf"http.*/{PLACE} does not exist or is closed: check the name"),
        (no_network, rf"The download of {PAIR} from http.* failed \(.*\): check network"),
    ],
)
def test_a_download_that_fails_is_one_line_and_the_next_one_works(trouble, line, hub_here, capfd):
    hub_here.files[FILE] = WEIGHTS
    with trouble(hub_here), pytest.raises(SpaError, match=line) as caught:
        fetch(PAIR, lambda offer: True)
    assert "\n" not in str(caught.value)
    fetch(PAIR, lambda offer: True)
    assert fetched(hub_here) == [WEIGHTS]
    assert capfd.readouterr() == ("", ""), "the client says nothing by itself"


# Repositories of open_clip models, and copies of them.

REPOSITORY = "someone/CLIP-small"
TOKENS = "someone/tokens"
TOKENIZER = {
    "tokenizer.json": {
        "model": {"type": "WordLevel", "vocab": {"<pad>": 0, "<unk>": 1, "cat": 2}, "unk_token": "<unk>"},
        "pre_tokenizer": {"type": "Whitespace"},
        "added_tokens": [],
    },
    "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>", "unk_token": "<unk>"},
}


@pytest.fixture
def config(vit_file):
    """What the repository says of its model, to be changed."""
    preprocess = {"mean": [0.5] * 3, "std": [0.5] * 3}
    return {"model_cfg": open_clip.get_model_config("ViT-B-16"), "preprocess_cfg": preprocess}


@pytest.fixture
def publish(hub_here, vit_file, config):
    """Puts the repository on the hub, with the configuration as it is then."""

    def put(**files):
        for name, content in {"open_clip_config.json": config, **files}.items():
            hub_here.files[REPOSITORY, name] = json.dumps(content).encode()
        hub_here.files[REPOSITORY, "open_clip_model.safetensors"] = save(torch.load(vit_file))

    return put


def test_a_repository_of_the_hub_is_a_backbone_and_so_is_a_copy_of_it(hub_here, publish, vit, tmp_path):
    publish()
    name, offers = f"hf-hub:{REPOSITORY}", []
    assert (checked_name(name), hub_here.asked) == (name, [])
    with pytest.raises(InputError, match=rf"{REPOSITORY} \(size not known, licence not known: read its page\)"):
        load_encoder(name)
    assert hub_here.asked == []
    encoder = load_encoder(name, consent=lambda offer: not offers.append(offer), device="cpu")
    assert [offer.repositories for offer in offers] == [(REPOSITORY,)]
    assert encoder.fingerprint != vit.fingerprint, "the configuration has a transform of its own"
    hub_here.asked.clear()
    [copy] = Path(constants.HF_HUB_CACHE).glob("*/snapshots/*")
    shutil.copytree(copy, tmp_path / "copy")
    monkey = load_encoder(f"local-dir:{tmp_path / 'copy'}", device="cpu", consent=lambda _: pytest.fail("asked"))
    assert load_encoder(name, device="cpu").fingerprint == monkey.fingerprint == encoder.fingerprint
    assert hub_here.asked == []


def test_what_is_known_of_a_listed_place_is_said_of_its_repository(hub_here):
    offers = []
    for name in (f"hf-hub:{PLACE}", PAIR):
        with pytest.raises(InputError):
            load_encoder(name, consent=offers.append)
    assert {offer.terms for offer in offers} == {"599 MB, licence MIT"}


@pytest.mark.parametrize("where", ["beside", "elsewhere"])
def test_a_repository_with_a_tokenizer(where, hub_here, publish, config):
    """It is taken where it lies in the repository; else the configuration names another one, which is asked for too."""
    config["model_cfg"]["text_cfg"] |= {"hf_tokenizer_name": TOKENS, "vocab_size": 49408}
    publish(**(TOKENIZER if where == "beside" else {}))
    for name, content in TOKENIZER.items():
        hub_here.files[TOKENS, name] = json.dumps(content).encode()
    offers = []
    encoder = load_encoder(f"hf-hub:{REPOSITORY}", consent=lambda offer: not offers.append(offer), device="cpu")
    assert [offer.repositories for offer in offers] == [(REPOSITORY,), (TOKENS,)][: 1 if where == "beside" else 2]
    assert encoder.tokens.count("cat cat") == 2


def test_a_checkpoint_takes_the_tokenizer_beside_it(hub_here, vit_file, tmp_path, monkeypatch):
    """As SigLIP's has to have one."""
    siglip = open_clip.get_model_config("ViT-B-16-SigLIP")["text_cfg"]
    text = open_clip.get_model_config("ViT-B-16")["text_cfg"] | {
        key: siglip[key] for key in ("hf_tokenizer_name", "tokenizer_kwargs")
    }
    small = open_clip.get_model_config("ViT-B-16") | {"text_cfg": text}
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "ViT-B-16-SigLIP", small)
    file = tmp_path / "siglip.pt"
    shutil.copy(vit_file, file)
    with pytest.raises(InputError, match=r"comes from .*/timm/ViT-B-16-SigLIP \("):
        load_encoder(f"ViT-B-16-SigLIP:{file}")
    for name, content in TOKENIZER.items():
        (tmp_path / name).write_text(json.dumps(content))
    encoder = load_encoder(f"ViT-B-16-SigLIP:{file}", device="cpu")
    assert (encoder.tokens.count("Cat, cat!"), hub_here.asked) == (2, []), "canonicalized, as this model has it"
    foreign = json.dumps(TOKENIZER["tokenizer.json"]).replace('"cat": 2', '"cat": 50000')
    (tmp_path / "tokenizer.json").write_text(foreign)
    with pytest.raises(InputError, match=rf"^The tokenizer in {tmp_path} is of another model: .* 50000, .* 49408 "):
        load_encoder(f"ViT-B-16-SigLIP:{file}", device="cpu").encode_texts(["a cat"])


NO_CONFIG, NO_MODEL = (
    "has no open_clip_config.json that can be read",
    "is no checkpoint of the model that open_clip_con",
)
CODE = {"hf_tokenizer_name": TOKENS, "tokenizer_kwargs": {"trust_remote_code": True}}


@pytest.mark.parametrize(
    ("part", "change", "line"),
    [
        ("model_cfg", [], NO_CONFIG),
        ("text_cfg", {"hf_tokenizer_name": "/etc/passwd"}, NO_CONFIG),
        ("text_cfg", {"hf_model_name": "https://host/a"}, NO_CONFIG),
        ("text_cfg", CODE, NO_MODEL),
        ("vision_cfg", {"timm_model_name": "local-dir:/etc"}, NO_CONFIG),
        ("vision_cfg", {"image_size": [224, 192]}, NO_MODEL),
        ("preprocess_cfg", {"interpolation": "nonsense"}, NO_MODEL),
        ("preprocess_cfg", {"std": [0, 0, 0]}, NO_MODEL),
    ],
)
def test_what_a_repository_says_of_itself_may_be_anything(part, change, line, vit_file, config, tmp_path):
    """And no code in it is run."""
    if part in config["model_cfg"]:
        config["model_cfg"][part] |= change
    else:
        config[part] = change
    shutil.copy(vit_file, tmp_path / "open_clip_pytorch_model.bin")
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'owned')!r}, 'w')")
    tokenizer = TOKENIZER["tokenizer_config.json"] | {"auto_map": {"AutoTokenizer": ["evil.Evil", None]}}
    for name, content in {**TOKENIZER, "tokenizer_config.json": tokenizer, "open_clip_config.json": config}.items():
        (tmp_path / name).write_text(json.dumps(content))
    with pytest.raises(InputError, match=line) as caught:
        load_encoder(f"local-dir:{tmp_path}", consent=lambda offer: True)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "owned").exists()


def test_a_folder_is_read_where_it_was_agreed_to(tmp_path):
    for ask in (checked_name, load_encoder):
        with pytest.raises(InputError, match=r"checkpoint folder .*, which was not agreed to"):
            ask(f"local-dir:{tmp_path}", allow_file=lambda file: file != tmp_path)
    with pytest.raises(InputError, match=r"gone is missing: give the path of a checkpoint folder"):
        load_encoder(f"local-dir:{tmp_path}/gone")
    with pytest.raises(InputError, match=r"has no open_clip_config.json that can be read"):
        load_encoder(f"local-dir:{tmp_path}")


def test_a_folder_whose_weights_changed_is_loaded_anew(vit_file, config, tmp_path):
    state = torch.load(vit_file)
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    torch.save(state, tmp_path / "open_clip_pytorch_model.bin")
    first = loaded_encoder(f"local-dir:{tmp_path}", "cpu")
    assert loaded_encoder(first.name, "cpu") is first
    state["logit_scale"] += 1
    torch.save(state, tmp_path / "open_clip_pytorch_model.bin")
    assert loaded_encoder(first.name, "cpu").fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (["config.json", "open_clip_model.safetensors"], "has no open_clip_config.json: it is no model of open_clip"),
        (["open_clip_config.json", "model.safetensors"], "has no open_clip_model.safetensors and no open_clip_pytorch"),
    ],
)
def test_a_repository_without_a_model_is_left_before_its_weights_come(files, line, hub_here):
    hub_here.files |= {(REPOSITORY, file): b"{}" for file in files}
    with pytest.raises(InputError, match=f"someone/CLIP-small {line}"):
        fetch(f"hf-hub:{REPOSITORY}", lambda offer: True)
    assert not any(method == "GET" and path.endswith("safetensors") for method, path, _ in hub_here.asked)


@pytest.mark.parametrize("kind", ["saved", "project"])
def test_python_fetches_the_weights_of_what_it_loads_where_it_is_told_to(kind, hub_here, vit_file, photos, monkeypatch):
    hub_here.files[FILE] = save(torch.load(vit_file))
    writer_of_six_phrases(monkeypatch)
    folders, file = [photos / "2" / "train" / name for name in ("amber", "violet")], photos.parent / "Colours.spa"
    files = [path for folder in folders for path in sorted(folder.iterdir())]
    if kind == "saved":
        made = SpaClassifier(PAIR, download=True, writer=None, device="cpu", progress=False)
        made.fit(files, [path.parent.name for path in files]).save(file)
    else:
        with OpenProject.create(file, backbone=PAIR, device="cpu", download_consent=lambda offer: True) as bench:
            add_classes(bench.project, folders, test_share=0.0)
            training.train(bench)
    read = SpaClassifier.load if kind == "saved" else SpaClassifier.from_project
    shutil.rmtree(constants.HF_HUB_CACHE)
    monkeypatch.setattr(backbones, "load_encoder", lambda *a, **how: load_encoder(*a, **how))  # none is loaded yet
    hub_here.asked.clear()
    with pytest.raises(InputError, match=rf"^Backbone {PAIR} is not on this computer.*download=True"):
        read(file, device="cpu")
    assert hub_here.asked == []
    loaded = read(file, download=True, device="cpu")
    assert loaded.labels_ == ["amber", "violet"]
    assert loaded.get_params()["download"] is True
