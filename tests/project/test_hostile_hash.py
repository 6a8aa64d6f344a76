"""A project from a stranger whose photos have paths for hashes: it is refused before anything is done with it."""

from __future__ import annotations

import sqlite3

import pytest

from spa_desktop.project import Project, ProjectDamaged


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    "forged",
    [
        "'../' || substr(sha256, 4)",
        "'/' || substr(sha256, 2)",
        "upper(sha256)",
        "sha256 || char(0) || '/../../x'",
        "substr(sha256, 1, 60) || char(0) || '/..'",
    ],
)
def test_it_is_refused(moths, path, forged, write):
    moths.close()
    hostile = sqlite3.connect(path)
    hostile.execute("PRAGMA ignore_check_constraints = ON")
    hostile.execute(f"UPDATE photos SET sha256 = {forged} WHERE id = 2")
    hostile.commit()
    hostile.close()
    with pytest.raises(ProjectDamaged, match="the hash of a photo is no SHA-256"):
        Project.open(path, write=write)
