"""Where the programs of the local stack are: on PATH first, else where `setup.sh` put them."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PulseError

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"


@dataclass(frozen=True, slots=True)
class Programs:
    """Paths of everything the local stack runs.

    `kafka_classes` is the class archive for a quick start, which need not exist;
    `clickhouse_server` serves only the tests.
    """

    java: Path
    kafka_jars: Path
    kafka_classes: Path
    prometheus: Path
    promtool: Path
    alertmanager: Path
    amtool: Path
    clickhouse_server: Path | None

    @classmethod
    def find(cls, local: Path = LOCAL) -> Programs:
        """Look everything up; raise PulseError that names all that is missing."""
        missing: list[str] = []

        def program(*names: str) -> Path:
            found = _which(local, *names)
            if found is None:
                missing.append(names[0])
            return found or Path(names[0])

        kafka_jars = local / "kafka" / "libs"
        if not kafka_jars.is_dir():
            missing.append("Kafka's jars")
        programs = cls(
            java=program("java"),
            kafka_jars=kafka_jars,
            kafka_classes=local / "kafka" / "classes.jsa",
            prometheus=program("prometheus"),
            promtool=program("promtool"),
            alertmanager=program("alertmanager", "prometheus-alertmanager"),
            amtool=program("amtool"),
            clickhouse_server=_which(local, "clickhouse-server"),
        )
        if missing:
            raise PulseError(
                f"Not found: {', '.join(missing)}",
                where=f"PATH and {local}",
                remedy="Run `make setup`.",
            )
        return programs


def _which(local: Path, *names: str) -> Path | None:
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), str(local / "bin")))
    found = (shutil.which(name, path=path) for name in names)
    return next((Path(each) for each in found if each), None)
