"""Whether the demo has shown what it should: pure, from what the receiver got."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from deploy.local.delivery import Delivery, State
from pipeline.alerting.health import STALLED, WATCHDOG


class Outcome(StrEnum):
    """How it stands."""

    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """The outcome, and why."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class Expected:
    """The alert of an incident, the groups it strikes, and how much wall time all may take.

    `ends_ms`: event time at which activity returns; an alert that resolves before it has resolved
    for another reason, such as an hour in which the group is too quiet to tell.
    """

    alert: str
    groups: Collection[str]
    ends_ms: int
    within_s: float = 600.0

    def tells(self, delivery: Delivery) -> bool:
        """Whether the delivery is of this alert for one of these groups."""
        return delivery.alert == self.alert and delivery.group_id in self.groups


def judge(received: Sequence[Delivery], expected: Expected, *, waited_s: float) -> Verdict:
    """Passed once an expected alert has fired, and resolved after the incident.

    `received` is in order of arrival. A stalled pipeline is true of a machine that is too busy, and
    silences the groups until it has passed: it is told, and waited out. Any other alert is false if
    it is neither an expected one nor the watchdog; a false one fails the demo whatever else there
    is, and so does taking too long.
    """
    fired: set[str] = set()
    resolved: Delivery | None = None
    stalled = ""
    for delivery in received:
        if delivery.alert == WATCHDOG:
            continue
        if delivery.alert == STALLED:
            stalled = f"; {STALLED} came too: for a while this machine was too busy to keep up"
        elif delivery.state is State.FIRING:
            if not expected.tells(delivery):
                return Verdict(Outcome.FAILED, f"a false alert came: {delivery}")
            fired.add(delivery.fingerprint)
        elif delivery.fingerprint in fired and delivery.event_ms >= expected.ends_ms:
            resolved = delivery
    if resolved is not None:
        return Verdict(
            Outcome.PASSED,
            f"{resolved.alert} for {resolved.group_id} fired, and resolved when activity was back;"
            f" no false alert came{stalled}",
        )
    where = f"{expected.alert} for {' or '.join(sorted(expected.groups)) or 'any group'}"
    if waited_s <= expected.within_s:
        missing = "to resolve after the incident" if fired else "to fire"
        return Verdict(Outcome.WAITING, f"waiting for {where} {missing}")
    missing = "fired but did not resolve after the incident" if fired else "did not fire"
    return Verdict(Outcome.FAILED, f"{where} {missing} within {expected.within_s:.0f} s{stalled}")
