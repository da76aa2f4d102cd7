from __future__ import annotations

import pytest

from grafana.macros import View
from grafana.page.link import address

VIEW = View(1, 2, groups=("a b", "c"), variables={"type": ("fans",)})
ROW = {"group": "x&y", "campaign id": 7}


@pytest.mark.parametrize(
    ("url", "to"),
    [
        ("/d/g?var-group=${__value.raw}", "http://g/d/g?var-group=v%2F1"),
        ("/d/g?g=${__data.fields.group}", "http://g/d/g?g=x%26y"),
        ('/d/g?c=${__data.fields["campaign id"]}', "http://g/d/g?c=7"),
        ("/d/g?${__url_time_range}", "http://g/d/g?from=1000&to=2000"),
        ("/d/g?${group:queryparam}", "http://g/d/g?var-group=a+b&var-group=c"),
        (
            "/d/g?${__all_variables}",
            "http://g/d/g?var-group=a+b&var-group=c&var-type=fans",
        ),
        ("/d/g?x=${unknown}", "http://g/d/g?x="),
        ("https://wiki/${type}", "https://wiki/fans"),
        ("javascript:alert(1)", ""),
        ("//elsewhere/d", ""),
        ("data:text/html,x", ""),
    ],
)
def test_where_a_link_leads(url: str, to: str) -> None:
    assert address(url, "v/1", ROW, VIEW, "http://g/") == to


def test_without_a_grafana_there_is_no_link_into_it() -> None:
    assert address("/d/g", 1, {}, VIEW, "") == ""
