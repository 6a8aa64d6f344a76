"""The comparison of shortlists with exact scores, on evidence made by hand."""

import pytest
import torch

from benchmarks import shortlist


def test_an_answer_that_is_not_on_the_list_counts_as_changed(capsys: pytest.CaptureFixture[str]) -> None:
    evidence = torch.zeros(2, 6, 5)
    evidence[..., 3] = torch.arange(6.0).flip(0)
    # In the second photo alignment lifts the fourth class, in place four by the rest, above all.
    evidence[1, 3, shortlist.ALIGNMENT] = 10
    selected = {5: evidence.clone()}
    selected[5][0, 5] = 10
    shortlist.compare(evidence, selected, torch.ones(5), ["drawn"])
    text = capsys.readouterr().out
    assert "2 test photos of drawn: 6 classes" in text
    assert "in place 4 at the worst" in text
    changed = [line.split("|")[2].strip() for line in text.splitlines() if line.startswith(("| 2", "| 4", "| 5"))]
    assert changed == ["1", "0", "1"]
