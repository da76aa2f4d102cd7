"""What the store knows of an alert: the incident that operation `incidents.record` answers with."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class _Known(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Cause(_Known):
    """One part of the change: `points` of the value (0.01 is one percentage point), their share.

    `name` is what people call the part.
    """

    by: str = ""
    part: str = ""
    name: str = ""
    points: float
    share: float | None = None


class AffectedGroup(_Known):
    """One group's part of a change across groups."""

    group_id: str = ""
    group_name: str = ""
    points: float


class Links(_Known):
    """Where to look further; `query` is a command."""

    board: str = ""
    runbook: str = ""
    query: str = ""


class Incident(_Known):
    """One bout of one alert. Numbers are None where the store has none.

    `note` says why there are no causes, `note_zh` the same in Chinese.
    """

    incident_id: str
    metric: str = ""
    metric_name: str = ""
    metric_zh: str = ""
    group_id: str = ""
    group_name: str = ""
    signal: str = ""
    against: str = ""
    started_ms: int | None = None
    resolved_ms: int | None = None
    numerator: float | None = None
    denominator: float | None = None
    value: float | None = None
    baseline: float | None = None
    change_kind: str = ""
    causes: tuple[Cause, ...] = ()
    affected_groups: tuple[AffectedGroup, ...] = ()
    actions_en: tuple[str, ...] = ()
    actions_zh: tuple[str, ...] = ()
    links: Links = Field(default_factory=Links)
    note: str = ""
    note_zh: str = ""


def incident_of(answer: Mapping[str, object]) -> Incident | None:
    """The incident of an operation's answer: the object itself, or below "incident".

    None if the alert is no incident. Raises ValueError if the answer is not as agreed.
    """
    told = answer.get("incident", answer) if "incident_id" not in answer else answer
    if told is None:
        return None
    try:
        return Incident.model_validate(told)
    except ValidationError as error:
        raise ValueError(f"incidents.record answered with something else: {error}") from error
