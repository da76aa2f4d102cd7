"""Every milestone has something to do about it, the same in both languages."""

from __future__ import annotations

import re

import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.playbook import PLAYBOOK, actions

MILESTONES = {metric.id for metric in CATALOGUE if metric.milestone}
OF_THE_CATALOGUE = {"A11", "C06", "F11", "B02", "B17", "C21", "A19", "F15", "G03", "F21"}
RISES = {"A09", "G08", "A25", "C27", "G09", "C01"}


def test_every_milestone_has_actions() -> None:
    assert PLAYBOOK.keys() >= MILESTONES | OF_THE_CATALOGUE | RISES
    assert PLAYBOOK.keys() <= {metric.id for metric in CATALOGUE}


@pytest.mark.parametrize("metric", PLAYBOOK)
def test_three_to_five_concrete_actions_in_both_languages(metric: str) -> None:
    found = actions(metric)
    assert 3 <= len(found.en) == len(found.zh) <= 5
    assert all(re.search(r"[.?]$", text) and not re.search(r"[一-鿿]", text) for text in found.en)
    assert all(re.search(r"[一-鿿]", text) for text in found.zh)
    assert all(text.endswith(("\u3002", "\uff1f")) for text in found.zh)
    assert not any(set(text) & set(",:;?()") for text in found.zh), "their own punctuation"
    assert len(set(found.en)) == len(found.en)


def test_what_is_no_milestone_has_none() -> None:
    assert actions("A01").en == actions("nothing").zh == ()
