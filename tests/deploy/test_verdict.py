from __future__ import annotations

from collections.abc import Sequence

import pytest

from deploy.local.delivery import Delivery, State
from deploy.local.verdict import Expected, Outcome, judge
from pipeline.alerting.health import SOURCE_STALE, STALLED, WATCHDOG

DROP = "CommunityDailyActiveRateDrop"
ENDS = 1_000
DURING, AFTER = ENDS - 1, ENDS
EXPECTED = Expected(DROP, ("sim-22", "sim-24"), ENDS, within_s=600)


def fires(alert: str = DROP, group: str = "sim-24", at: int = DURING) -> Delivery:
    return _delivery(State.FIRING, alert, group, at)


def resolves(alert: str = DROP, group: str = "sim-24", at: int = AFTER) -> Delivery:
    return _delivery(State.RESOLVED, alert, group, at)


def _delivery(state: State, alert: str, group: str, at: int) -> Delivery:
    labels = {"alertname": alert, "group_id": group}
    return Delivery(at, state, labels, "", f"{alert} {group}", f"since {at}")


@pytest.mark.parametrize(
    ("received", "outcome"),
    [
        pytest.param([], Outcome.WAITING, id="nothing yet"),
        pytest.param([fires(WATCHDOG, "")], Outcome.WAITING, id="the watchdog is no alert"),
        pytest.param([fires()], Outcome.WAITING, id="fires"),
        pytest.param([fires(), resolves()], Outcome.PASSED, id="fires and resolves"),
        pytest.param([resolves()], Outcome.WAITING, id="resolves what was not seen to fire"),
        pytest.param(
            [fires(), resolves(at=DURING)], Outcome.WAITING, id="resolves before activity is back"
        ),
        pytest.param(
            [fires(), resolves(at=DURING), fires(), resolves()],
            Outcome.PASSED,
            id="fires again and resolves",
        ),
        pytest.param(
            [fires(group="sim-22"), resolves()], Outcome.WAITING, id="another group's resolution"
        ),
        pytest.param(
            [fires(group="sim-22"), fires(), resolves()],
            Outcome.PASSED,
            id="one of two groups is enough",
        ),
        pytest.param([fires(group="sim-23")], Outcome.FAILED, id="a group that did not drop"),
        pytest.param(
            [fires("CommunityConversionRateDrop")], Outcome.FAILED, id="a metric that did not drop"
        ),
        pytest.param([fires(STALLED, "")], Outcome.WAITING, id="a machine that is too busy"),
        pytest.param([fires(SOURCE_STALE, "")], Outcome.FAILED, id="the pipeline"),
        pytest.param(
            [fires(STALLED, ""), fires(), resolves(STALLED, ""), resolves()],
            Outcome.PASSED,
            id="too busy for a while",
        ),
        pytest.param(
            [fires(), resolves(), fires(group="sim-23")],
            Outcome.FAILED,
            id="a false alert outweighs the true one",
        ),
        pytest.param(
            [resolves(STALLED, "")], Outcome.WAITING, id="the end of what never came is no alert"
        ),
    ],
)
def test_outcome(received: Sequence[Delivery], outcome: Outcome) -> None:
    assert judge(received, EXPECTED, waited_s=1).outcome is outcome


@pytest.mark.parametrize(
    ("received", "waited_s", "outcome", "reason"),
    [
        ([], 600, Outcome.WAITING, "sim-22 or sim-24 to fire"),
        ([], 600.1, Outcome.FAILED, "did not fire within 600 s"),
        ([fires()], 600, Outcome.WAITING, "to resolve after the incident"),
        ([fires()], 600.1, Outcome.FAILED, "did not resolve after the incident within 600 s"),
        ([fires(), resolves()], 600.1, Outcome.PASSED, "sim-24 fired, and resolved"),
        ([fires(group="sim-23")], 1, Outcome.FAILED, "a false alert came: FIRING"),
        ([fires(STALLED, "")], 600.1, Outcome.FAILED, "600 s; CommunityPipelineStalled came too"),
        (
            [fires(STALLED, ""), fires(), resolves()],
            1,
            Outcome.PASSED,
            "no false alert came; CommunityPipelineStalled came too",
        ),
    ],
)
def test_reason(
    received: Sequence[Delivery], waited_s: float, outcome: Outcome, reason: str
) -> None:
    verdict = judge(received, EXPECTED, waited_s=waited_s)
    assert verdict.outcome is outcome
    assert reason in verdict.reason
