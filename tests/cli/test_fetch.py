"""A backbone is fetched by one command, from a hub that is served here."""

import functools
from pathlib import Path

from huggingface_hub import constants

from tests.cli.conftest import call

PAIR = "ViT-B-16/laion400m_e32"
FILE = ("timm/vit_base_patch16_clip_224.laion400m_e32", "open_clip_model.safetensors")
WEIGHTS = bytes(range(256)) * 8_000  # nobody loads them here


def test_a_backbone_is_fetched_with_yes(hub_here, monkeypatch, capfd):
    run = functools.partial(call, monkeypatch, capfd, "backbones", "--fetch", PAIR)
    hub_here.files[FILE] = WEIGHTS
    refused = run()
    assert (refused.code, hub_here.asked) == (2, [])
    assert refused.err.splitlines()[-1].endswith(
        f"fetch it with `spa-desktop backbones --fetch {PAIR} --yes`, or use spa-lite"
    )

    hub_here.wrong = True
    failed = run("--yes")
    offer, line = failed.err.splitlines()
    assert (failed.code, line.count("with the wrong checksum")) == (1, 1)
    assert offer.endswith("(599 MB, licence MIT)")

    hub_here.wrong, hub_here.cut = False, 3 * len(WEIGHTS) // 4  # after which the client goes on by itself
    ran = run("--yes")
    assert (ran.code, len(ran.err.splitlines())) == (0, 2), ran.err
    assert [file.read_bytes() for file in Path(constants.HF_HUB_CACHE).rglob(FILE[1])] == [WEIGHTS]
    hub_here.asked.clear()
    assert (run().code, hub_here.asked) == (0, []), "it is here"
