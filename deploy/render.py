"""Write every generated file: `python -m deploy.render`, or `--check` that all are current.

The committed files hold the defaults. `--to DIR` writes rules, routes and Prometheus' own
configuration for one installation, with `--set KEY=VALUE` for its addresses (fields of `Site`,
lists by commas) and thresholds (METRIC.signal.against.field).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from deploy.asyncapi import render as asyncapi
from grafana.library import render as board_files
from pipeline.alerting.installation import installation as installation_files
from pipeline.alerting.policy import Policy
from pipeline.alerting.routes import routes_file
from pipeline.alerting.rules import prometheus_config, rule_file
from pipeline.alerting.site import assigned, located
from pipeline.catalog.document import document
from pipeline.errors import PulseError, UsageError
from schemas.export import render as json_schemas
from sinks.ddl import render as facts_ddl
from sinks.dimension_ddl import render as dimensions_ddl
from sinks.question_page import render as question_page

ROOT = Path(__file__).resolve().parent.parent

OUTPUTS: Mapping[str, Callable[[], str]] = {
    "deploy/prometheus/alerts.yml": rule_file,
    "deploy/prometheus/prometheus.yml": prometheus_config,
    "deploy/alertmanager/alertmanager.yml": routes_file,
    "pipeline/METRICS.md": document,
}


COMPOSE: Mapping[str, str] = {
    "targets": "worker:9700",
    "alertmanagers": "alertmanager:9093",
    "page_url": "",
    "notice_url": "",
    "watchdog_url": "",
}
"""The addresses of deploy/compose.yaml; its notices stay within Alertmanager."""


def _compose() -> dict[str, str]:
    return {f"deploy/compose/{name}": text for name, text in installation(COMPOSE).items()}


FAMILIES: Sequence[Callable[[], Mapping[str, str]]] = (
    facts_ddl,
    dimensions_ddl,
    json_schemas,
    board_files,
    asyncapi,
    question_page,
    _compose,
)
"""What renders several files, or knows its own paths."""


def outputs() -> dict[str, str]:
    """Every generated file: path from the project's root -> text."""
    texts = {path: text() for path, text in OUTPUTS.items()}
    for family in FAMILIES:
        texts.update(family())
    return texts


def stale(root: Path = ROOT) -> list[str]:
    """Paths whose file is missing or differs from what would be written."""
    return [path for path, text in outputs().items() if not _holds(root / path, text)]


def installation(settings: Mapping[str, str]) -> dict[str, str]:
    """Rules, routes and Prometheus configuration of one installation: file name -> text."""
    addresses = {key: value for key, value in settings.items() if "." not in key}
    thresholds = {key: value for key, value in settings.items() if "." in key}
    policy = Policy.model_validate({"thresholds": thresholds}).checked("--set")
    return dict(installation_files(located(addresses), policy))


def write(texts: Mapping[str, str], root: Path) -> list[str]:
    """Write `texts` below `root`, each file replaced at once; return the paths that changed."""
    changed = [path for path, text in texts.items() if not _holds(root / path, text)]
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".render-") as folder:
        for number, path in enumerate(changed):
            fresh = Path(folder) / str(number)
            fresh.write_text(texts[path], encoding="utf-8")
        for number, path in enumerate(changed):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / str(number)).replace(root / path)
    return changed


class _Stale(PulseError):
    """A generated file is not what would be written now."""

    exit_code = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 = written or current, 1 = stale, 2 = called wrongly."""
    parser = argparse.ArgumentParser(prog="python -m deploy.render", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    parser.add_argument("--to", type=Path, help="render one installation's files into this folder")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args(arguments)
    try:
        for line in _run(options.check, options.to, options.set):
            sys.stdout.write(f"{line}\n")
    except PulseError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _run(check: bool, folder: Path | None, pairs: Sequence[str]) -> Iterator[str]:
    settings = dict(map(assigned, pairs))
    if folder is not None and not check:
        yield from (f"wrote {folder / name}" for name in write(installation(settings), folder))
    elif settings or folder is not None:
        raise UsageError("--set belongs to --to DIR, and --check to neither")
    elif check:
        if paths := stale():
            raise _Stale(
                f"Generated files are stale: {', '.join(paths)}",
                remedy="Run `python -m deploy.render` and commit what it wrote.",
            )
    else:
        yield from (f"wrote {path}" for path in write(outputs(), ROOT))


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
