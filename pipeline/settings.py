"""Settings: `PULSE_*` in the environment, each also as a file. All faults are told at once.

`PULSE_SECRETS_DIR=/run/secrets` reads the files `PULSE_STORE`, `PULSE_KAFKA__PASSWORD` and so on
there, for secrets that no environment should show. The environment goes before the files.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as PydanticSettingsError

from pipeline.bridge_settings import BridgeSettings
from pipeline.catalog.terms import Terms
from pipeline.errors import SettingsError
from pipeline.validation import reason
from schemas.event_type import EventType

if TYPE_CHECKING:
    from schemas.decode import Limits

DAY_MS = 86_400_000

SECRETS_DIR = "PULSE_SECRETS_DIR"


class KafkaSettings(BaseModel):
    """The broker and what its topics must be (`PULSE_KAFKA__*`)."""

    bootstrap: str = Field("127.0.0.1:9092", description="host:port of the brokers, by commas")
    partitions: int = Field(4, ge=1, le=512, description="one partition count for every topic")
    replication: int = Field(1, ge=1, le=9, description="copies of each partition")
    retention_days: int = Field(
        14, ge=1, le=36_500, description="how long the broker keeps a record"
    )
    session_s: float = Field(
        6.0, ge=6, le=90, description="seconds of silence before a worker's partitions go to others"
    )
    security: Literal["PLAINTEXT", "SASL_SSL"] = Field("PLAINTEXT", description="wire security")
    username: str = Field("", description="SCRAM-SHA-512 user with SASL_SSL")
    password: SecretStr = Field(SecretStr(""), description="its password")
    ca_file: Path | None = Field(None, description="certificate authority of the brokers")


class BatchSettings(BaseModel):
    """Sizes of the worker's fetches and commits (`PULSE_BATCH__*`)."""

    fetch_bytes: int = Field(1_000_000, ge=1_000, description="bytes per partition in one fetch")
    poll_records: int = Field(20_000, ge=1, description="records in one poll")
    buffer_bytes: int = Field(48_000_000, ge=1_000_000, description="bytes held unprocessed")
    merge_ms: int = Field(1_000, ge=50, description="longest wait for company of a quiet commit")
    commit_rows: int = Field(100_000, ge=1, description="records in one group commit at most")
    window_bytes: int = Field(
        64_000_000, ge=1_000_000, description="bytes of windows kept at hand, about"
    )


class EndpointSettings(BaseModel):
    """The read-only SQL endpoint of the embedded store (`PULSE_ENDPOINT__*`)."""

    host: str = Field("127.0.0.1", description="where the SQL endpoint listens")
    port: int = Field(8_123, ge=0, le=65_535, description="its port; 0 = any free one")
    password: SecretStr = Field(SecretStr(""), description="asked of every client; unset = none")
    seconds: int = Field(30, ge=1, le=3_600, description="longest run of one query")
    memory_bytes: int = Field(500_000_000, ge=100_000_000, description="memory of one query")
    result_rows: int = Field(1_000_000, ge=1, description="rows of one answer at most")
    queries: int = Field(4, ge=1, le=64, description="queries at once; more wait their turn")


class RollupSettings(BaseModel):
    """What the rollup of the catalogue may take of its machine (`PULSE_ROLLUP__*`)."""

    threads: int = Field(
        0,
        ge=0,
        le=64,
        description="cores of `pulse rollup` on demand; 0 = all; by itself it takes 1",
    )
    memory_bytes: int = Field(
        4_000_000_000, ge=100_000_000, description="memory of one of its queries, one a core"
    )


class GrafanaSettings(BaseModel):
    """Where `pulse dashboards push` publishes to (`PULSE_GRAFANA__*`)."""

    url: str = Field("http://127.0.0.1:3000", description="address of Grafana")
    token: SecretStr = Field(SecretStr(""), description="token of a service account (Editor)")


class Settings(BaseSettings):
    """Everything that can be set; `pulse config show` lists it with its source."""

    model_config = SettingsConfigDict(
        env_prefix="PULSE_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

    kafka: KafkaSettings = KafkaSettings()
    batch: BatchSettings = BatchSettings()
    endpoint: EndpointSettings = EndpointSettings()
    grafana: GrafanaSettings = GrafanaSettings()
    bridge: BridgeSettings = BridgeSettings()
    rollup: RollupSettings = RollupSettings()
    terms: Terms = Terms()
    store: str = Field(
        "chdb:.local/store",
        description="chdb:FOLDER (embedded) or clickhouse://user:password@host:9000/community",
    )
    pseudonym_key: SecretStr = Field(
        SecretStr(""), description="secret of the person pseudonyms, at least 16 characters"
    )
    epoch: int = Field(1, ge=1, le=65_535, description="incarnation of the topics")
    group: str = Field("community-pulse", description="Kafka consumer group of the workers")
    zone: str = Field("Asia/Shanghai", description="reporting zone: cuts days, weeks and months")
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field(
        "CNY", description="the one reporting currency; other money is refused"
    )
    keep_text: bool = Field(False, description="keep chat text; else only its measures")
    future_seconds: int = Field(300, ge=0, description="how far ahead of the clock an event may be")
    retention_days: int = Field(
        36_500, ge=1, le=36_500, description="older events are refused, but for those of `keep`"
    )
    keep: str = Field("join,leave,order,refund", description="event types kept for good, by commas")
    dead_letter_days: int = Field(
        90, ge=1, le=36_500, description="dead letters are kept this long"
    )
    grace_seconds: int = Field(300, ge=0, description="a leave undone within this is no leave")
    metrics_host: str = Field("127.0.0.1", description="where /metrics listens")
    metrics_port: int = Field(9_700, ge=0, le=65_535, description="its port; 0 = any free one")
    ready_lag_seconds: int = Field(60, ge=1, description="how far behind /readyz still says ready")
    clock_file: Path | None = Field(None, description="shared clock; unset = wall time")
    state_dir: Path = Field(Path(".local/state"), description="Faust's folder, control files")
    audit_minutes: int = Field(
        60, ge=0, le=1_440, description="minutes between two audits of the rollup's; 0 = none"
    )
    instance: str = Field("", description="static membership id of this worker, unique per worker")
    fault_at: str = Field("", description="tests only: a point of the loop to be killed at")
    prometheus_url: str = Field("http://127.0.0.1:9090", description="asked by `pulse doctor`")
    alertmanager_url: str = Field("http://127.0.0.1:9093", description="asked by `pulse doctor`")
    live_seconds: int = Field(
        60, ge=0, le=3_600, description="seconds between two values of trailing windows; 0 = none"
    )
    alerts_file: Path = Field(
        Path("alerts.yaml"), description="thresholds and quiet hours other than the defaults"
    )
    alert_groups: int = Field(200, ge=1, description="groups exported to Prometheus at most")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then files; no .env file."""
        folder = os.environ.get(SECRETS_DIR)
        if not folder or not isinstance(file_secret_settings, SecretsSettingsSource):
            return init_settings, env_settings
        files = NestedSecretsSettingsSource(
            file_secret_settings,
            secrets_dir=folder,
            secrets_dir_missing="error",
            secrets_nested_delimiter="__",
        )
        return init_settings, env_settings, files

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("no such time zone; write it like Asia/Shanghai") from error
        return zone

    @field_validator("store")
    @classmethod
    def _known_store(cls, store: str) -> str:
        if store == "chdb:" or not store.startswith(("chdb:", "clickhouse://", "clickhouses://")):
            raise ValueError("write chdb:FOLDER or clickhouse://user:password@host:9000/database")
        return store

    @field_validator("keep")
    @classmethod
    def _known_types(cls, keep: str) -> str:
        for name in filter(None, keep.split(",")):
            if name not in list(EventType):
                raise ValueError(f"no event type {name!r}; write them like join,leave,order")
        return keep

    @property
    def zone_info(self) -> ZoneInfo:
        """The reporting zone."""
        return ZoneInfo(self.zone)

    @property
    def kept_types(self) -> frozenset[EventType]:
        """Event types whose facts are kept for good."""
        return frozenset(EventType(name) for name in self.keep.split(",") if name)

    def limits(self, event_type: EventType, *, key_id: str) -> Limits:
        """What an event of this type may be here; `key_id` is that of the pseudonyms."""
        from schemas.decode import FOR_GOOD_MS, Limits  # noqa: PLC0415  (the whole contract)

        if event_type in self.kept_types:
            kept_ms = FOR_GOOD_MS
        else:
            kept_ms = self.future_seconds * 1000 + self.retention_days * DAY_MS
        return Limits(currency=self.currency, key_id=key_id, kept_ms=kept_ms)

    @field_validator("pseudonym_key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if 0 < len(key.get_secret_value()) < 16:
            raise ValueError("at least 16 characters, for example from `openssl rand -hex 32`")
        return key


def load_settings() -> Settings:
    """Read the environment; raise SettingsError naming every fault with its value and remedy."""
    try:
        return Settings()
    except PydanticSettingsError as error:
        raise unreadable(error) from error
    except ValidationError as error:
        faults = [
            f"PULSE_{'__'.join(str(part).upper() for part in fault['loc'])}: {reason(fault)}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError(
            "Settings are wrong:\n  " + "\n  ".join(faults),
            remedy="`pulse config show` lists every setting.",
        ) from error


def unreadable(error: PydanticSettingsError) -> SettingsError:
    """Settings that cannot even be read: the folder of secrets, or a group set as one value."""
    folder = os.environ.get(SECRETS_DIR)
    if folder and not Path(folder).is_dir():
        return SettingsError(
            f"The folder of secrets cannot be read: {error}",
            where=f"{SECRETS_DIR}={folder}",
            remedy="Name a folder with one file per setting, such as PULSE_PSEUDONYM_KEY.",
        )
    return SettingsError(
        f"A setting cannot be read: {error}",
        where="PULSE_*",
        remedy="Set its parts one by one, such as PULSE_KAFKA__BOOTSTRAP.",
    )


def make_state_folder(settings: Settings) -> None:
    """Make the folder of this installation's state, open to its user alone."""
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"The folder of the state cannot be made: {error.strerror or error}",
            where=f"PULSE_STATE_DIR={settings.state_dir}",
            remedy="Name a folder that this user may write to.",
        ) from error
