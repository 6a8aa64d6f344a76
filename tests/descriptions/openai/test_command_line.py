"""`spa-desktop describe --provider openai`, at the loopback service, as a person types it."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from spa_desktop import keys
from tests.cli.conftest import path, photos, run  # noqa: F401 - fixtures

COST = (640 * 1.25 + 120 * 10) / 1e6


@pytest.fixture
def project(run, path, photos, service, monkeypatch) -> Path:  # noqa: F811
    """Three classes, not described yet, and the service as the one to ask."""
    monkeypatch.setenv("OPENAI_BASE_URL", service.url)
    assert run("new", path).code == 0
    assert run("add", path, photos / "1").code == 0
    return path


def test_phrases_tokens_and_cost_end_up_in_the_project(run, project, service):  # noqa: F811
    ran = run("describe", project, "--provider", "openai", "--yes")
    assert ran.code == 0, ran.err
    assert ran.out == ""
    assert f"would go to gpt-5 at {service.url}" in ran.err, "what is agreed to by --yes is said all the same"
    assert "(blue, green, red)" in ran.err
    assert "They lie in " in ran.err
    assert ran.err.splitlines()[-1] == (
        "So far 3 answers for this project: 1920 tokens read, 360 written, about $0.0060"
    )
    found = run("info", project, "--json").json
    for one in found["classes"]:
        assert one["phrases"] == [
            "black rings around a bushy tail",
            "black mask over the eyes",
            "grey fur with long hairs",
            "small round ears",
        ]
        assert (one["state"], one["provenance"], one["writer"], one["model"]) == ("described", "gpt", "openai", "gpt-5")
        assert (one["input_tokens"], one["output_tokens"]) == (640, 120)
        assert one["cost"] == pytest.approx(COST)
    assert found["descriptions"] == {
        "answers": 3,
        "input_tokens": 1920,
        "output_tokens": 360,
        "cost": pytest.approx(3 * COST),
        "unknown": 0,
    }
    # --yes holds for its own run; asked afresh, it costs again.
    ran = run("describe", project, "--provider", "openai", "--afresh")
    assert ran.code == 2
    assert "Not agreed to yet" in ran.err
    assert len(service.log()) == 3
    assert run("describe", project, "--provider", "openai", "--afresh", "--yes").code == 0
    assert run("info", project, "--json").json["descriptions"]["input_tokens"] == 3840
    assert len(service.log()) == 6
    assert run("check", project).code == 0
    # The text trains as any other does.
    assert run("train", project).code == 0


def test_without_yes_nothing_is_sent(run, project, service):  # noqa: F811
    ran = run("describe", project, "--provider", "openai")
    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith("spa-desktop: Not agreed to yet: ")
    ran = run("describe", project, "--provider", "openai", "--keep-local", "--yes")
    assert ran.code == 2
    assert "keeps its photos on this computer" in ran.err.splitlines()[-1]
    assert run("describe", project, "--provider", "openai", "--yes").code == 2, "that is remembered"
    assert service.log() == []
    assert run("describe", project).code == 0, "offline it can be described"
    assert run("describe", project, "--provider", "openai", "--ask-again", "--yes").code == 0
    assert len(service.log()) == 3


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://192.0.2.7:8000/v1", "http://192.0.2.7:8000 is not encrypted"),
        ("ftp://127.0.0.1/v1", "must begin with https://"),
        ("https://me:hush@127.0.0.1/v1", "may hold no name, password"),
    ],
)
def test_an_address_that_may_not_be_sent_to(run, project, service, monkeypatch, address, said):  # noqa: F811
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    ran = run("describe", project, "--provider", "openai", "--yes")
    assert said in ran.error
    assert "hush" not in ran.err
    assert service.log() == []


def test_no_key_no_question(run, project, monkeypatch):  # noqa: F811
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(keys, "_taken", [])  # the commands that made the project took it
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.example.com/v1")
    ran = run("describe", project, "--provider", "openai", "--yes")
    assert ran.error == (
        "There is no key for api.example.com: set OPENAI_API_KEY, save one in the settings, or use the offline writer"
    )


def test_one_class_that_fails_is_named_and_the_others_are_there(run, project, service, path):  # noqa: F811
    service.script("responses", *[{"status": 400, "error": "no photos, please"}] * 1)
    service.script("chat", *[{"status": 400, "error": "no photos, please"}] * 2)
    ran = run("describe", project, "--provider", "openai", "--yes")
    assert ran.code == 1
    assert "127.0.0.1" in ran.err.splitlines()[-1]
    assert "no photos, please" in ran.err.splitlines()[-1]
    states = [one["state"] for one in run("info", project, "--json").json["classes"]]
    assert sorted(states) == ["described", "described", "new"]


def test_what_goes_over_the_wire_is_the_picture_alone(run, path, tmp_path, service, monkeypatch):  # noqa: F811
    """From a camera's file to the bytes that a service gets: small, upright, and without a word on place or owner."""
    monkeypatch.setenv("OPENAI_BASE_URL", service.url)
    secret = "52 Elm Street"
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = secret, secret
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 5.0, 1.0)})
    for name, colour in (("red", (200, 30, 30)), ("blue", (30, 30, 200))):
        folder = tmp_path / "camera" / name
        folder.mkdir(parents=True)
        for number in range(3):
            photo = Image.linear_gradient("L").resize((2000, 1500)).convert("RGB").rotate(90 * number)
            photo = Image.blend(photo, Image.new("RGB", photo.size, colour), 0.5)
            photo.save(folder / f"{secret} {number}.jpg", exif=exif, comment=secret.encode())
    run("new", path)
    run("add", path, tmp_path / "camera")
    assert run("describe", path, "--provider", "openai", "--yes").code == 0
    assert len(service.log()) == 2
    for entry in service.log():
        assert secret not in json.dumps(entry)
        assert entry["body"]["store"] is False
        images = [part for part in entry["body"]["input"][0]["content"] if part["type"] == "input_image"]
        assert images
        for image in images:
            assert image["detail"] == "low"
            content = base64.b64decode(image["image_url"].partition("base64,")[2])
            assert secret.encode() not in content
            with Image.open(io.BytesIO(content)) as sent:
                assert (sent.format, sent.size) == ("JPEG", (512, 384))
                assert not sent.getexif()
                assert set(sent.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
