"""The part of the Compose specification that deploy/compose.yaml uses; all else is an error."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipeline.cli.main import GROUPS, build
from pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"

Duration = Annotated[str, Field(pattern=r"^[1-9]\d*s$")]
Words = Annotated[list[str], Field(min_length=1)]
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+):-([^}]*)\}")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Healthcheck(Strict):
    test: Words
    interval: Duration
    timeout: Duration
    retries: Annotated[int, Field(ge=1)]
    start_period: Duration
    start_interval: Duration | None = None

    @field_validator("test")
    @classmethod
    def _is_a_command(cls, test: list[str]) -> list[str]:
        assert test[0] == "CMD", "a list begins with CMD; no shell is needed here"
        return test


class Dependency(Strict):
    condition: Literal["service_healthy", "service_completed_successfully"]


class SecretUse(Strict):
    source: str
    target: str


class Build(Strict):
    context: str
    dockerfile: str


class Limit(Strict):
    soft: int
    hard: int


class Logging(Strict):
    driver: Literal["local"]
    options: dict[str, str]


class Service(Strict):
    image: str
    build: Build | None = None
    profiles: Words | None = None
    entrypoint: Words | None = None
    command: Words | None = None
    user: str | None = None
    init: bool
    read_only: bool = False
    restart: Literal["unless-stopped", "on-failure"]
    cap_drop: list[str]
    security_opt: list[str]
    logging: Logging
    environment: dict[str, str] = {}
    ports: list[str] = []
    volumes: list[str] = []
    tmpfs: list[str] = []
    secrets: list[str | SecretUse] = []
    ulimits: dict[str, Limit] = {}
    depends_on: dict[str, Dependency] = {}
    healthcheck: Healthcheck | None = None
    stop_grace_period: Duration | None = None

    @property
    def uses(self) -> dict[str, str]:
        """Secrets by the path they are mounted at."""
        pairs = [(use, use) if isinstance(use, str) else (use.target, use.source)
                 for use in self.secrets]  # fmt: skip
        return {target if target.startswith("/") else f"/run/secrets/{target}": source
                for target, source in pairs}  # fmt: skip


class SecretFile(Strict):
    file: str


class Compose(BaseModel):
    """`x-` keys hold what services share, and nothing else is allowed beside the known ones."""

    model_config = ConfigDict(extra="allow", strict=True)

    name: str
    services: dict[str, Service]
    volumes: dict[str, None]
    secrets: dict[str, SecretFile]


def compose() -> Compose:
    """deploy/compose.yaml with the variables at their defaults."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(VARIABLE.sub(r"\2", text))
    assert [key for key in document if not key.startswith("x-")] == list(Compose.model_fields)
    return Compose.model_validate(document)


def setting_names(model: type[BaseModel] = Settings, prefix: str = "PULSE_") -> set[str]:
    """Every `PULSE_*` that pipeline.settings knows."""
    names = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names |= setting_names(inner, f"{prefix}{name.upper()}__")
        else:
            names.add(f"{prefix}{name.upper()}")
    return names


def commands() -> set[str]:
    """Every command of `pulse`, with its subcommand where it has some."""
    found = set()
    for group in GROUPS:
        tree = typer.main.get_command(build(group))
        command = tree.commands[group]  # type: ignore[attr-defined]
        subcommands = getattr(command, "commands", None)
        found |= {f"{group} {name}" for name in subcommands} if subcommands else {group}
    return found
