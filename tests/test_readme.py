"""The lines of the README run as they are written."""

from __future__ import annotations

import doctest

import pytest

from tests.conftest import REPOSITORY


@pytest.mark.slow
def test_the_python_example_of_the_readme(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))
    result = doctest.testfile(str(REPOSITORY / "README.md"), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted >= 10
    assert result.failed == 0
    assert (tmp_path / "things.safetensors").stat().st_size > 100_000


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_every_link_to_a_file_of_ours_leads_somewhere(page):
    import re

    text = (REPOSITORY / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((REPOSITORY / page).parent / target).exists(), target
