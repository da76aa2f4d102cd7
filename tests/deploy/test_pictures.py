"""The past of a store as samples: what its worker would have exported then."""

from __future__ import annotations

from pathlib import Path

from deploy.local.pictures import SHOTS, STEP_MS, samples
from deploy.render import ROOT
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType
from tests.reference.signals import Fact
from tests.reference.stored import migrated_store, store_facts

NOW_MS = 1_800_000_000_000 // STEP_MS * STEP_MS


def fact(event_type: EventType, user: str, ago_ms: int) -> Fact:
    return Fact(event_type, NOW_MS - ago_ms, 'it\'s "one"', user)


def test_samples_are_the_signals_of_then(tmp_path: Path) -> None:
    facts = [
        *(fact(EventType.JOIN, user, 3 * DAY_MS) for user in ("a", "b")),
        fact(EventType.JOIN, "c", DAY_MS // 2),
        fact(EventType.CHAT, "a", DAY_MS // 2),
    ]
    with migrated_store(tmp_path / "store") as store:
        store_facts(store, facts)
        lines = list(samples(store, NOW_MS))
    group = 'group_id="it\'s \\"one\\""'
    now = f"{NOW_MS / 1000:.3f}\n"
    assert f'community_in_group_denominator{{{group},signal="slow"}} 3.0 {now}' in lines
    assert f'community_daily_active_numerator{{{group},signal="slow"}} 1.0 {now}' in lines
    assert f'community_funnel_members{{{group},step="joined"}} 1 {now}' in lines
    assert not [line for line in lines if "conversion_baseline" in line]


def test_the_pictures_of_the_readme_are_there_and_small() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for shot in SHOTS:
        path = f"grafana/pictures/{shot.file}"
        assert path in readme
        assert (ROOT / path).stat().st_size < 300_000
