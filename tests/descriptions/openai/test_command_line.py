"""`spa-desktop describe --provider openai`, at the loopback service, as a person types it."""

from pathlib import Path

import pytest

from tests.cli.conftest import run  # noqa: F401 - a fixture
from tests.descriptions.openai.server import PHRASES
from tests.descriptions.openai.test_project import COST


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
    found = run("info", project, "--json").json
    for one in found["classes"]:
        assert one["phrases"] == PHRASES
        assert (one["state"], one["provenance"], one["writer"], one["model"]) == ("described", "gpt", "openai", "gpt-5")
        assert (one["input_tokens"], one["output_tokens"]) == (640, 120)
        assert one["cost"] == pytest.approx(COST)
    # --yes holds for its own run; asked afresh, it costs again.
    ran = run("describe", project, "--provider", "openai", "--afresh")
    assert ran.code == 2
    assert "Not agreed to yet" in ran.err
    assert len(service.log()) == 3
    assert run("describe", project, "--provider", "openai", "--afresh", "--yes").code == 0
    assert len(service.log()) == 6
    assert run("check", project).code == 0


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
