"""PURE: an alert as Alertmanager's webhook (version 4) tells it, read without trust.

Labels and annotations may hold anything: text is taken as text, a number that is none is not
there, and what a value means is looked up in the catalogue.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipeline.catalog.metric import Metric
from pipeline.errors import UsageError
from schemas.fields import Instant

_INSTANT: TypeAdapter[int] = TypeAdapter(Instant)
_WHERE = "an alert of the webhook"


@dataclass(frozen=True)
class Received:
    """One alert: what it is called and about, when it began and ended (wall time), its numbers.

    Moments that the message does not tell and numbers that the annotations lack are None.
    """

    fingerprint: str
    name: str
    labels: Mapping[str, str]
    firing: bool
    began_ms: int | None
    ended_ms: int | None
    numerator: float | None
    denominator: float | None
    value: float | None
    baseline: float | None
    runbook_url: str

    @property
    def group_id(self) -> str:
        """The group it is about; '' = none, as of every alert on the pipeline's health."""
        return self.labels.get("group_id", "")

    @property
    def incident_id(self) -> str:
        """What its incident is called: the same for every message about it."""
        return blake2b(f"{self.fingerprint} {self.began_ms}".encode(), digest_size=6).hexdigest()


def received(alert: Mapping[str, Any]) -> Received:
    """Read one alert object. Raises UsageError where it is none."""
    labels, annotations = _texts(alert, "labels"), _texts(alert, "annotations")
    status = alert.get("status")
    if status not in ("firing", "resolved"):
        raise UsageError(
            f"The status {status!r} is neither firing nor resolved",
            where=_WHERE,
            remedy="Hand over the objects of `alerts` as Alertmanager posts them (version 4).",
        )
    return Received(
        fingerprint=_text(alert.get("fingerprint") or json.dumps(labels, sort_keys=True)),
        name=labels.get("alertname", ""),
        labels=labels,
        firing=status == "firing",
        began_ms=_moment(alert.get("startsAt")),
        ended_ms=_moment(alert.get("endsAt")) if status == "resolved" else None,
        numerator=_number(annotations.get("numerator")),
        denominator=_number(annotations.get("denominator")),
        value=_number(annotations.get("value")),
        baseline=_number(annotations.get("baseline")),
        runbook_url=annotations.get("runbook_url", ""),
    )


def metric_of(alert: Received, metrics: Sequence[Metric]) -> Metric | None:
    """The metric an alert is about, by its label `metric`, else by its name; None = none.

    Several metrics share an id (A19 has one a day): then the alert's name tells which.
    """
    wanted = alert.labels.get("metric", "")
    alike = [one for one in metrics if wanted in (one.id, one.name)]
    among = alike or [one for one in metrics if one.milestone]
    named = [one for one in among if _stem(one.name) == _stem_of_alert(alert.name)]
    chosen = named or [one for one in alike if one.milestone] or alike
    return chosen[0] if chosen else None


def _stem(name: str) -> str:
    return name.replace("_", "").lower()


def _stem_of_alert(name: str) -> str:
    stem = name.lower().removeprefix("community")
    return stem.removesuffix("drop").removesuffix("rise")


def _texts(alert: Mapping[str, Any], key: str) -> dict[str, str]:
    found = alert.get(key)
    if not isinstance(found, Mapping):
        raise UsageError(
            f"It has no {key}",
            where=_WHERE,
            remedy="Hand over the objects of `alerts` as Alertmanager posts them (version 4).",
        )
    return {_text(name): _text(value) for name, value in found.items()}


def _text(value: object) -> str:
    """Text that can be stored: half of a surrogate pair cannot."""
    return str(value).encode("utf-8", "replace").decode()


def _moment(text: object) -> int | None:
    """Epoch milliseconds; None for what is no moment, such as Go's zero time, year 1."""
    try:
        ms = _INSTANT.validate_python(text)
    except ValidationError:
        return None
    return ms if ms > 0 else None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
