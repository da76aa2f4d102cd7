"""What is written reads back as what was meant."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerting.emit import Node, to_yaml

scalars = st.one_of(
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda x: round(x, 3)),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12),
    st.sampled_from(["a\nb", "a\n  b\nc", " a\nb", "a\n\nb", "a\nb\n", "yes", "0x10", "~", "- a"]),
)
keys = st.one_of(
    st.sampled_from(["for", "group_id", "on", "no", "8", "a b", "群", "a: b"]),
    st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=5),
)
nodes = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(keys, nodes, max_size=5))
def test_yaml_reads_back_what_was_written(document: Mapping[str, Node]) -> None:
    text = to_yaml(document, header=["who wrote this"])
    assert (yaml.safe_load(text) or {}) == document


def test_the_header_is_comments() -> None:
    assert to_yaml({"a": 1}, header=["one", "two"]) == "# one\n# two\na: 1\n"


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"a": [1, {"b": 2, "c": "x"}]}, 'a:\n  - 1\n  - b: 2\n    c: "x"\n'),
        ({"a": {}, "b": []}, "a: {}\nb: []\n"),
        ({"expr": "one\n  two"}, "expr: |-\n  one\n    two\n"),
        ({"zh": "在群率"}, 'zh: "在群率"\n'),
    ],
)
def test_the_text_is_plain(document: Mapping[str, Node], text: str) -> None:
    assert to_yaml(document) == text
