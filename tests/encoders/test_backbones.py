import hashlib
import pickle
import zipfile
from itertools import product
from pathlib import Path

import numpy
import open_clip
import pytest
import timm
import torch
from open_clip.constants import HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME

from spa_desktop.encoders import backbones, download, open_clip_pairs
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.download import LISTED, DownloadOffer
from spa_desktop.errors import InputError, SpaError

PAIR = "ViT-B-16/laion400m_e32"
PLACE = "timm/vit_base_patch16_clip_224.laion400m_e32"
FILES = (PLACE, "open_clip_model.safetensors"), (PLACE, "open_clip_pytorch_model.bin")
OFFER = DownloadOffer(PAIR, FILES, (), 599, "MIT")


def test_every_pair_of_open_clip_can_be_found():
    assert all(list(download._candidates(*pair)) for pair in open_clip.list_pretrained())


@pytest.mark.parametrize(
    "name",
    ["spa-lit", "ViT-B16/laion400m_e32", "ViT-B-16:laion400m_e32", "", "nonsense", "timm:vit_small_patch14_dino2"],
)
def test_unknown_names_get_suggestions(name):
    with pytest.raises(InputError, match="did you mean") as caught:
        load_encoder(name)
    assert "\n" not in str(caught.value)
    if name.startswith("ViT"):
        assert PAIR in str(caught.value)
    if name.startswith("timm"):
        assert "timm:vit_small_patch14_dinov2" in str(caught.value)


ELSEWHERE = {
    "dinov2": "timm:vit_base_patch14_dinov2.lvd142m",
    "facebook/dino-vits16": "timm:vit_small_patch16_224.dino",
    "facebook/dinov3-vitb16-pretrain-lvd1689m": "timm:vit_base_patch16_dinov3.lvd1689m",
    "timm/resnet50.a1_in1k": "timm:resnet50.a1_in1k",
    "openai/clip-vit-large-patch14-336": "ViT-L-14-336/openai",
    "google/siglip2-so400m-patch14-378": "ViT-SO400M-14-SigLIP2-378/webli",
    "sentence-transformers/clip-ViT-L-14": "ViT-L-14/openai",
    "ViT-L/14@336px": "ViT-L-14-336/openai",
    "ViT-H-14-quickgelu": "ViT-H-14-quickgelu/metaclip_fullcc, ViT-H-14-quickgelu/dfn5b",
    "laion/CLIP-ViT-B-32-laion2B-s34B-b79K": "ViT-B-32/laion2b_s34b_b79k",
    "microsoft/BiomedCLIP-other": "hf-hub:microsoft/BiomedCLIP-other",
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_names_of_other_libraries_are_answered_with_the_name_to_use(name):
    with pytest.raises(InputError) as caught:
        backbones.checked_name(name)
    assert str(caught.value).endswith(f"did you mean {ELSEWHERE[name]}?")
    there = {f"timm:{model}" for model in [*timm.list_pretrained(), *timm.list_models()]}
    there |= {"/".join(pair) for pair in open_clip.list_pretrained()}
    assert there.issuperset(ELSEWHERE[name].split(", ")) or ELSEWHERE[name].startswith("hf-hub:")


HOSTILE = [
    "hf-hub:",
    "hf-hub:../../model",
    "hf-hub:someone/model/file",
    "https://host/weights.pt",
    "ViT-B-16/https://host/weights.pt",
    "someone/model",
    "timm:hf-hub:someone/model",
    "timm:resnet18.no_such_tag",
    "timm:resnet18@9999",
    "x" * 1_000_000,
    "hf-hub:" + "/" * 1_000_000,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_in_a_strangers_project_leads_nowhere(name, monkeypatch):
    """What open_clip lists, or a file: no repository, no address, no folder; and no long search for what was meant."""
    monkeypatch.setattr(download, "IS_FORBIDDEN", False)
    monkeypatch.setattr(open_clip, "create_model", lambda *_, **__: pytest.fail("it was loaded"))
    for take in (backbones.checked_name, lambda name: load_encoder(name, consent=lambda _: pytest.fail("asked"))):
        with pytest.raises(InputError, match="Unknown backbone") as caught:
            take(name)
        assert len(str(caught.value)) < 500


@pytest.mark.parametrize("file", ["//host/share/a.pt", r"\\host\share\a.pt", r"\/host\share\a.pt"])
def test_a_checkpoint_on_another_computer_is_not_asked_for(file, monkeypatch):
    monkeypatch.setattr(Path, "is_file", lambda _: pytest.fail("it was asked for"))
    with pytest.raises(InputError, match="is not on this computer"):
        load_encoder(f"ViT-B-16:{file}")


def test_nothing_is_downloaded_without_consent(monkeypatch):
    asked = []
    monkeypatch.setattr(download, "IS_FORBIDDEN", False)
    monkeypatch.setattr(open_clip_pairs, "download", lambda *_: pytest.fail("downloaded without consent"))
    with pytest.raises(InputError, match=r"from https://huggingface.co/timm/vit.*\(599 MB, licence MIT\): .*spa-lite"):
        load_encoder(PAIR)
    with pytest.raises(InputError, match="agree"):
        load_encoder(PAIR, consent=lambda offer: bool(asked.append(offer)))
    assert asked == [OFFER]
    with pytest.raises(InputError, match=r"from https://huggingface.co/.*\(size not known, licence not known: read"):
        load_encoder("ViT-B-32/laion2b_e16")


def test_what_belongs_to_the_architecture_is_asked_for_too(monkeypatch, tmp_path):
    """Some tokenizers lie on the hub: with a checkpoint of one's own, the libraries would fetch them without a word."""
    monkeypatch.setattr(download, "IS_FORBIDDEN", False)
    (tmp_path / "own.pt").write_bytes(b"weights")
    offers = []
    for name in ("roberta-ViT-B-32/laion2b_s12b_b32k", f"ViT-B-16-SigLIP:{tmp_path / 'own.pt'}"):
        with pytest.raises(InputError, match="agree to its download"):
            load_encoder(name, consent=lambda offer: bool(offers.append(offer)))
    assert offers[0].repositories[-1] == "roberta-base"
    assert (offers[1].backbone, offers[1].weights, offers[1].megabytes) == ("ViT-B-16-SigLIP", (), None)
    assert offers[1].source == "https://huggingface.co/timm/ViT-B-16-SigLIP"


def test_offline_says_so(monkeypatch):
    monkeypatch.setattr(download, "IS_FORBIDDEN", True)
    with pytest.raises(SpaError, match="HF_HUB_OFFLINE"):
        load_encoder(PAIR, consent=lambda offer: True)


def test_the_hub_is_open_while_something_is_fetched_and_closed_otherwise(monkeypatch):
    from huggingface_hub import constants, is_offline_mode

    monkeypatch.setattr(download, "IS_FORBIDDEN", False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    seen = []
    monkeypatch.setattr(download, "_fetch_file", lambda *_: seen.append(is_offline_mode()))
    download.download(OFFER)
    assert seen == [False]
    assert is_offline_mode()
    with pytest.raises(ZeroDivisionError), download.opened(), download.opened():
        _ = 1 / 0
    assert is_offline_mode()
    assert constants.HF_HUB_DISABLE_TELEMETRY


def test_download_after_consent_loads_with_the_tags_transform(monkeypatch, vit_file):
    def fetch(offer, on_progress):
        on_progress(offer.megabytes * 10**6, offer.megabytes * 10**6)
        for module in (download, open_clip_pairs):
            monkeypatch.setattr(module, "cached_weights", lambda *_: vit_file)

    progress = []
    monkeypatch.setattr(download, "IS_FORBIDDEN", False)
    monkeypatch.setattr(open_clip_pairs, "download", fetch)
    encoder = load_encoder(
        "ViT-B-16/openai", consent=lambda offer: True, on_progress=lambda *step: progress.append(step), device="cpu"
    )
    assert progress == [(599_000_000, 599_000_000)]
    # OpenAI's weights need their own activation function, which a plain ViT-B-16 has not.
    assert any(type(module).__name__ == "QuickGELU" for module in encoder._vision.visual.modules())


def test_a_failed_download_is_one_line(monkeypatch):
    def fail(*_, **__):
        raise LookupError("not in the cache") from ConnectionError("reset\nby http://me:hush@proxy:1")

    monkeypatch.setattr(download, "_fetch_file", fail)
    with pytest.raises(
        SpaError, match=r"from https://hugg.*reset by http.*proxy:1\).*HTTPS_PROXY.*try again"
    ) as caught:
        download.download(OFFER)
    assert not {"\n", "hush"} & {*str(caught.value), *str(caught.value).replace(":", " ").replace("@", " ").split()}


def test_checkpoint_files(vit, vit_file, tmp_path):
    assert vit.name == f"ViT-B-16:{vit_file}"
    right = hashlib.sha256(vit_file.read_bytes()).hexdigest()
    assert load_encoder(f"ViT-B-16:{vit_file}#sha256={right}", device="cpu").fingerprint == vit.fingerprint
    with pytest.raises(InputError, match=f"{vit_file} has the wrong checksum"):
        load_encoder(f"ViT-B-16:{vit_file}#sha256={'0' * 64}")
    for gone in (tmp_path / "gone.pt", "", "x" * 10_000, "~nobody-of-that-name/a.pt", "https://host/a.pt", "a\0.pt"):
        with pytest.raises(InputError, match="is missing: give the path") as caught:
            load_encoder(f"ViT-B-16:{gone}")
        assert len(str(caught.value)) < 500
    with pytest.raises(InputError, match="no checkpoint of ViT-B-32"):
        load_encoder(f"ViT-B-32:{vit_file}")


@pytest.mark.parametrize("content", [b"", b"root:x:0:0:root:/root:/bin/bash", b"PK\x03\x04" + bytes(1000)])
def test_a_file_that_is_no_checkpoint_is_one_line(content, tmp_path):
    """And the line does not advise to read it without care."""
    file = tmp_path / "weights.pt"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"weights.pt is no checkpoint of ViT-S-32-alt: ") as caught:
        load_encoder(f"ViT-S-32-alt:{file}")
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_a_megabyte_does_not_unpack_to_gigabytes(tmp_path):
    file = tmp_path / "weights.pt"
    torch.save({"state_dict": {"visual.proj": torch.zeros(1 << 24)}}, tmp_path / "plain.pt")
    with zipfile.ZipFile(tmp_path / "plain.pt") as plain, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for one in plain.infolist():
            packed.writestr(one.filename, plain.read(one))
    with pytest.raises(InputError, match=r"it is packed far smaller than weights can be$"):
        load_encoder(f"ViT-S-32-alt:{file}")


def test_a_file_that_was_not_agreed_to_is_not_looked_at(monkeypatch):
    monkeypatch.setattr(Path, "is_file", lambda _: pytest.fail("it was looked at"))
    asked: list[Path] = []
    for take in (backbones.checked_name, load_encoder):
        with pytest.raises(InputError, match=r"^The backbone is the checkpoint file /etc/passwd.*--allow FILE$"):
            take(f"ViT-B-16:/etc/passwd#sha256={'0' * 64}", allow_file=lambda file: bool(asked.append(file)))
    assert asked == [Path("/etc/passwd")] * 2


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.usefixtures("vit_file")
def test_a_checkpoint_cannot_run_code(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    file = tmp_path / "evil.pt"
    file.write_bytes(pickle.dumps({"state_dict": Evil()}))
    torch.save({"state_dict": Evil()}, tmp_path / "evil2.pt")
    numpy.save(tmp_path / "evil3.npy", numpy.array([Evil()]))
    for architecture, name in product(("ViT-B-32", "timm:convnext_atto"), ("evil.pt", "evil2.pt", "evil3.npy")):
        with pytest.raises(InputError, match="no checkpoint") as caught:
            load_encoder(f"{architecture}:{tmp_path / name}")
        assert not any(advice in str(caught.value) for advice in ("weights_only", "allow_pickle", "trust"))
    assert not (tmp_path / "owned").exists()


def test_the_list_of_backbones_knows_where_its_pairs_lie():
    for (architecture, tag), listed in LISTED.items():
        assert open_clip.get_pretrained_cfg(architecture, tag)["hf_hub"] == listed.place
    assert download._DEFAULT_FILES == (HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME)
