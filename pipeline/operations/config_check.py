"""Everything that is wrong with the settings, at once: place, value, what is wrong, what to do."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsError as PydanticSettingsError

from agents.faults import faults_of
from pipeline.bridge_settings import contradictions
from pipeline.clock import SharedClock
from pipeline.errors import PulseError, SettingsError
from pipeline.operations.checkup import shown
from pipeline.settings import SECRETS_DIR, Settings, unreadable
from pipeline.validation import reason
from sinks.broker import tls
from sinks.clickhouse import parse_url
from sinks.endpoint_request import is_loopback

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5})", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. A secret's value is not shown."""

    setting: str
    value: str
    fault: str
    remedy: str


@dataclass(frozen=True)
class Setting:
    """A setting by its variable, its path in `Settings`, and its declaration."""

    name: str
    path: tuple[str, ...]
    field: FieldInfo

    @property
    def secret(self) -> bool:
        """Whether its value may hold a password."""
        return self.field.annotation is SecretStr or self.name == "PULSE_STORE"


def known_settings(model: type[BaseModel] = Settings, prefix: str = "PULSE_") -> Iterator[Setting]:
    """Every setting of the program, nested ones too."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            for setting in known_settings(inner, f"{prefix}{name.upper()}__"):
                yield Setting(setting.name, (name, *setting.path), setting.field)
        else:
            yield Setting(f"{prefix}{name.upper()}", (name,), field)


def check(environment: Mapping[str, str]) -> list[Fault]:
    """Every fault of the settings that this process was given in `environment`."""
    try:
        return look(environment)[0]
    except SettingsError as error:  # they cannot even be read
        where, _, value = error.where.partition("=")
        return [*_strangers(environment), _of(error, where, value)]


def look(environment: Mapping[str, str]) -> tuple[list[Fault], Settings]:
    """Every fault, and the settings with the defaults of those that are wrong.

    SettingsError if none can be read.
    """
    faults = [*_strangers(environment)]
    try:
        settings = Settings()
    except PydanticSettingsError as error:
        raise unreadable(error) from error
    except ValidationError as error:
        broken = [*_broken(error, environment)]
        faults += broken
        settings = _without({fault.setting for fault in broken})
    told = {fault.setting for fault in faults}
    faults += [fault for fault in _contradictions(settings) if fault.setting not in told]
    return faults, settings


def _strangers(environment: Mapping[str, str]) -> Iterator[Fault]:
    known = [setting.name for setting in known_settings()]
    for name in sorted(environment):
        if name.startswith("PULSE_") and name.upper() not in (*known, SECRETS_DIR):
            near = get_close_matches(name.upper(), known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else "`pulse config show` lists them all."
            yield Fault(name, "", "there is no such setting", remedy)


def _broken(error: ValidationError, environment: Mapping[str, str]) -> Iterator[Fault]:
    declared = {setting.path: setting for setting in known_settings()}
    for fault in error.errors(include_url=False):
        path = tuple(str(part) for part in fault["loc"])
        setting = declared.get(path)
        name = setting.name if setting else f"PULSE_{'__'.join(path).upper()}"
        secret = setting is None or setting.secret
        value = "hidden" if secret else environment.get(name, str(fault["input"]))
        meaning = setting.field.description if setting else ""
        yield Fault(name, value, reason(fault), f"It is: {meaning}." if meaning else "")


def _without(names: set[str]) -> Settings:
    """The settings with the defaults of those that are broken."""
    defaults: dict[str, Any] = {}
    for setting in known_settings():
        if setting.name in names:
            place = defaults
            for part in setting.path[:-1]:
                place = place.setdefault(part, {})
            place[setting.path[-1]] = setting.field.get_default(call_default_factory=True)
    return Settings(**defaults)


def _contradictions(settings: Settings) -> Iterator[Fault]:
    """What no single value shows."""
    yield from _broker(settings)
    yield from _store(settings)
    if not settings.pseudonym_key.get_secret_value():
        remedy = "Make one with `openssl rand -hex 32`, keep it secret and never change it."
        yield Fault("PULSE_PSEUDONYM_KEY", "not set", "persons need a key", remedy)
    yield from _folder("PULSE_STATE_DIR", settings.state_dir)
    try:
        SharedClock(settings.clock_file).clock()
    except SettingsError as error:
        yield _of(error, "PULSE_CLOCK_FILE", str(settings.clock_file))
    try:
        faults_of(settings.fault_at)
    except SettingsError as error:
        yield _of(error, "PULSE_FAULT_AT", settings.fault_at)
    yield from _endpoint(settings)
    yield from _asked(settings)
    for fault in contradictions(settings.bridge):
        yield Fault(*fault)


def _asked(settings: Settings) -> Iterator[Fault]:
    """Whether the servers that are asked over HTTP have addresses; a password stays hidden."""
    for name, url in (
        ("PULSE_PROMETHEUS_URL", settings.prometheus_url),
        ("PULSE_ALERTMANAGER_URL", settings.alertmanager_url),
        ("PULSE_GRAFANA__URL", settings.grafana.url),
    ):
        if not _is_web_address(url):
            yield Fault(name, shown(url), "this is no URL", "Write it like http://127.0.0.1:9090.")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port that is none
        return False


def _endpoint(settings: Settings) -> Iterator[Fault]:
    host, port = settings.endpoint.host, settings.endpoint.port
    if not (is_loopback(host) or settings.endpoint.password.get_secret_value()):
        remedy = "Set PULSE_ENDPOINT__PASSWORD, or listen on 127.0.0.1."
        yield Fault("PULSE_ENDPOINT__HOST", host, "the whole network could read", remedy)
    if port and port == settings.metrics_port and settings.store.startswith("chdb:"):
        remedy = "Give one of the two another port."
        yield Fault("PULSE_ENDPOINT__PORT", str(port), "it is the port of /metrics too", remedy)


def _broker(settings: Settings) -> Iterator[Fault]:
    kafka = settings.kafka
    for address in kafka.bootstrap.split(","):
        found = _ADDRESS.fullmatch(address.strip())
        if found is None or not 0 < int(found[2]) < 65_536:
            remedy = "Write host:port, several by commas."
            yield Fault("PULSE_KAFKA__BOOTSTRAP", address, "this is no address", remedy)
    if kafka.security == "PLAINTEXT":
        if kafka.username:
            remedy = "Set PULSE_KAFKA__SECURITY=SASL_SSL, or leave the user out."
            yield Fault("PULSE_KAFKA__USERNAME", kafka.username, "PLAINTEXT has no user", remedy)
        return
    if not kafka.username:
        yield Fault("PULSE_KAFKA__USERNAME", "not set", "SASL_SSL needs a user", "Set it.")
    if not kafka.password.get_secret_value():
        yield Fault("PULSE_KAFKA__PASSWORD", "not set", "SASL_SSL needs a password", "Set it.")
    try:
        tls(kafka)
    except SettingsError as error:
        yield _of(error, "PULSE_KAFKA__CA_FILE", str(kafka.ca_file))


def _store(settings: Settings) -> Iterator[Fault]:
    scheme, _, rest = settings.store.partition(":")
    if scheme == "chdb":
        yield from _folder("PULSE_STORE", Path(rest))
        return
    try:
        parse_url(settings.store)
    except SettingsError as error:
        yield _of(error, "PULSE_STORE", "hidden")


def _folder(setting: str, folder: Path) -> Iterator[Fault]:
    """Whether this user could write there, without making anything."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    if not there.is_dir():
        yield Fault(setting, str(folder), f"{there} is a file", "Name a folder.")
    elif not os.access(there, os.W_OK | os.X_OK):
        remedy = f"Let this user write to {there}, or name another folder."
        yield Fault(setting, str(folder), "this user may not write there", remedy)


def _of(error: PulseError, setting: str, value: str) -> Fault:
    return Fault(setting, value, error.what, error.remedy)
