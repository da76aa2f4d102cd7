"""Data links: from a value to where more is known of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from grafana.macros import View
from grafana.page.frame import Value

_PART = re.compile(r"\$\{([^}]*)\}")
_OF_ROW = re.compile(r"""__data\.fields(?:\.([\w ]+)|\[["']?([^"'\]]+)["']?\])""")
_OUTSIDE = re.compile(r"https?://", re.IGNORECASE)


def address(url: str, value: Value, row: Mapping[str, Value], view: View, base: str) -> str:
    """The link's address with values of this row and the board's choice; "" for one that is none.

    An address within Grafana (`/d/...`) goes to the Grafana at `base`; without one there is none.
    """
    filled = _PART.sub(lambda it: _filled(it[1], value, row, view), url)
    if _OUTSIDE.match(filled):
        return filled
    if filled.startswith("/") and not filled.startswith("//") and base:
        return base.rstrip("/") + filled
    return ""


def _filled(part: str, value: Value, row: Mapping[str, Value], view: View) -> str:
    name, _, form = part.partition(":")
    if name in ("__value.raw", "__value.text", "__value.numeric"):
        return _quoted(value)
    if of_row := _OF_ROW.fullmatch(name):
        return _quoted(row.get(of_row[1] or of_row[2]))
    if fixed := _OF_VIEW.get(name):
        return fixed(view)
    return _chosen(name, form, view) if name in ("group", *view.variables) else ""


def _chosen(name: str, form: str, view: View) -> str:
    if form == "queryparam":
        return urlencode([(f"var-{name}", one) for one in view.values(name)])
    return ",".join(map(_quoted, view.values(name)))


_OF_VIEW: Mapping[str, Callable[[View], str]] = {
    "__from": lambda view: str(view.from_s * 1000),
    "__to": lambda view: str(view.to_s * 1000),
    "__url_time_range": lambda view: f"from={view.from_s * 1000}&to={view.to_s * 1000}",
    "__all_variables": lambda view: "&".join(
        _chosen(name, "queryparam", view) for name in ("group", *view.variables)
    ),
}


def _quoted(value: Value) -> str:
    return "" if value is None else quote(str(value), safe="")
