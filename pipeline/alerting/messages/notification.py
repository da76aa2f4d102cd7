"""What Alertmanager posts to a webhook (version 4): a group of alerts, each firing or resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import UsageError

NEVER = 1
"""The year that Alertmanager gives to the end of what has not ended."""

Bout: TypeAlias = tuple[str, int]
"""One bout of firing: the alert's fingerprint and when it began, in epoch milliseconds."""


class AlertState(BaseModel):
    """One alert of the group, as it stood when the group was sent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Literal["firing", "resolved"]
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = Field(default_factory=dict)
    starts_at: AwareDatetime = Field(alias="startsAt")
    ends_at: AwareDatetime | None = Field(None, alias="endsAt")
    fingerprint: str = Field(min_length=1)

    @property
    def name(self) -> str:
        """The alert's name."""
        return self.labels.get("alertname", "")

    @property
    def firing(self) -> bool:
        """Whether it has not ended."""
        return self.status == "firing"

    @property
    def bout(self) -> Bout:
        """What repetitions of it share."""
        return self.fingerprint, self.started_ms

    @property
    def started_ms(self) -> int:
        """When it began to fire, by the wall clock, epoch milliseconds."""
        return int(self.starts_at.timestamp() * 1000)

    @property
    def ended_ms(self) -> int | None:
        """When it ended; None while it fires."""
        if self.firing or self.ends_at is None or self.ends_at.year == NEVER:
            return None
        return int(self.ends_at.timestamp() * 1000)


class Notification(BaseModel):
    """One call: the alerts of one group. `truncated` more were left out by Alertmanager."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal["4"]
    group_key: str = Field(alias="groupKey")
    alerts: tuple[AlertState, ...]
    truncated: int = Field(0, alias="truncatedAlerts", ge=0)


def notification(payload: object) -> Notification:
    """The call that `payload` (parsed JSON) is; UsageError says where it is none."""
    try:
        return Notification.model_validate(payload)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise UsageError(
            f"This is no call of Alertmanager's webhook, version 4: {fault['msg']}",
            where=".".join(map(str, fault["loc"])) or "the JSON",
            remedy="Only Alertmanager should call here.",
        ) from error


def wire(alert: AlertState) -> dict[str, object]:
    """The alert as Alertmanager wrote it, for whoever stores it."""
    return alert.model_dump(mode="json", by_alias=True)
