"""The one tree of errors: each says what is wrong, where, and what to do about it."""

from __future__ import annotations


class PulseError(Exception):
    """Anything the program stops for; the command line prints it without a traceback.

    `what` is wrong, `where` (a file, line, setting, server), and the `remedy`. Exit code 2: 1 is
    left to checks that have run and found something.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f" {self.remedy}" if self.remedy else ""
        return f"{self.what}{place}.{advice}"


class UsageError(PulseError):
    """The command was called wrongly."""


class SettingsError(UsageError):
    """A setting is missing or wrong."""


class WrongHeader(PulseError):
    """The first line of a file does not name the columns that it must have."""


class NotABoard(UsageError):
    """The JSON is no dashboard of Grafana."""


class GrafanaError(PulseError):
    """Grafana cannot be reached, or said no."""


class PrometheusError(PulseError):
    """Prometheus said no to a query."""


class PrometheusGone(PrometheusError):
    """Nobody answers there as Prometheus does."""


class CatalogError(PulseError):
    """The metric catalogue contradicts itself."""


class QuestionError(PulseError):
    """A named question's file is not as it must be."""


class BrokerError(PulseError):
    """Kafka cannot be reached, or its topics are not as they must be."""


class GroupInUse(BrokerError):
    """The consumer group has members, so its offsets are theirs."""


class StoreError(PulseError):
    """The store said no."""


class Retryable(StoreError):
    """The store may take the same rows later: network, too many parts, memory."""


class QueryTooLarge(Retryable):
    """A query needs more memory than one may have: the same again fails, a smaller one may not."""


class Fatal(StoreError):
    """The store will never take these rows. `code` is its error code, 0 when it gave none."""

    def __init__(self, what: str, *, code: int = 0, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.code = code


class PoisonError(PulseError):
    """One record after the other cannot be worked on: exit code 70, a fault of the program."""

    exit_code = 70


class StoreInUse(StoreError):
    """Another process owns the embedded store's folder."""


class ForeignKey(StoreError):
    """The store holds persons pseudonymised with another key."""
