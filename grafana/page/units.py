"""How a number is written, by Grafana's unit ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo

SCALES = ((1e12, " T"), (1e9, " B"), (1e6, " M"), (1e3, " K"))
SPANS = ((604_800, " w"), (86_400, " d"), (3_600, " h"), (60, " min"), (1, " s"))
BYTES = ((2**40, " TiB"), (2**30, " GiB"), (2**20, " MiB"), (2**10, " KiB"), (1, " B"))

MOST_DECIMALS = 4


def written(
    value: float, unit: str = "short", decimals: int | None = None, zone: tzinfo = UTC
) -> str:
    """The number as a person reads it: `percentunit` 0.123 is 12.3%.

    `decimals` None: as many as three digits need. A unit that is not known here is written behind
    the plain number.
    """
    if unit.startswith("suffix:"):
        return _plain(value, decimals) + unit.removeprefix("suffix:")
    if unit.startswith("prefix:"):
        return unit.removeprefix("prefix:") + _plain(value, decimals)
    if unit.startswith("currency"):
        return _plain(value, 2 if decimals is None else decimals)
    if unit in _MOMENTS:
        seconds = value / 1000 if abs(value) > 1e11 else value
        return f"{datetime.fromtimestamp(seconds, zone):{_MOMENTS[unit]}}"
    write = _UNITS.get(unit)
    return write(value, decimals) if write else f"{_plain(value, decimals)} {unit}"


_MOMENTS: Mapping[str, str] = {
    "dateTimeAsIso": "%Y-%m-%d %H:%M:%S",
    "dateTimeAsIsoNoDateIfToday": "%Y-%m-%d %H:%M:%S",
    "dateTimeAsLocal": "%Y-%m-%d %H:%M:%S",
    "time:YYYY-MM-DD": "%Y-%m-%d",
}


def _plain(value: float, decimals: int | None) -> str:
    """Digits grouped by thousands."""
    if decimals is None:
        return _trimmed(f"{value:,.{_fitting(value)}f}")
    return _unsigned_zero(f"{value:,.{decimals}f}")


def _fitting(value: float) -> int:
    """Decimals that leave about three digits to read."""
    size = abs(value)
    if size == 0 or size >= 100:
        return 0
    if size >= 10:
        return 1
    if size >= 1:
        return 2
    digits = 2
    while size < 0.1 and digits < MOST_DECIMALS:
        size, digits = size * 10, digits + 1
    return digits


def _trimmed(text: str) -> str:
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return _unsigned_zero(text)


def _unsigned_zero(text: str) -> str:
    return text.removeprefix("-") if not text.strip("-0.,") else text


def _scaled(scales: tuple[tuple[float, str], ...]) -> Callable[[float, int | None], str]:
    def write(value: float, decimals: int | None) -> str:
        for scale, name in scales:
            if abs(value) >= scale:
                return _plain(value / scale, decimals) + name
        return _plain(value, decimals) + (scales[-1][1] if scales[-1][0] == 1 else "")

    return write


def _short(value: float, decimals: int | None) -> str:
    """Counts: in full below 100,000 if they are whole, and scaled beyond."""
    if abs(value) < 100_000 and float(value).is_integer() and not decimals:
        return _plain(value, 0)
    return _scaled(SCALES)(value, decimals)


def _percent(value: float, decimals: int | None) -> str:
    return _plain(value, decimals) + "%"


def _seconds(value: float, decimals: int | None) -> str:
    if 0 < abs(value) < 1:
        return _plain(value * 1000, decimals) + " ms"
    return _scaled(SPANS)(value, decimals)


def _per_second(value: float, decimals: int | None) -> str:
    return _short(value, decimals) + "/s"


_UNITS: Mapping[str, Callable[[float, int | None], str]] = {
    "": _short,
    "none": _plain,
    "short": _short,
    "string": _plain,
    "locale": _plain,
    "percentunit": lambda value, decimals: _percent(value * 100, decimals),
    "percent": _percent,
    "s": _seconds,
    "ms": lambda value, decimals: _seconds(value / 1000, decimals),
    "m": lambda value, decimals: _seconds(value * 60, decimals),
    "h": lambda value, decimals: _seconds(value * 3_600, decimals),
    "d": lambda value, decimals: _seconds(value * 86_400, decimals),
    "dtdurations": _seconds,
    "cps": _per_second,
    "ops": _per_second,
    "eps": _per_second,
    "reqps": _per_second,
    "rps": _per_second,
    "bytes": _scaled(BYTES),
    "decbytes": _scaled(BYTES),
    "Bps": lambda value, decimals: _scaled(BYTES)(value, decimals) + "/s",
}
