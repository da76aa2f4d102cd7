from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.operations.places import Place, read_place

EPOCH = 3


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("community.chat/2/1234", Place("community.chat", 2, EPOCH, 1234)),
        ("community.chat/2/1234@1", Place("community.chat", 2, 1, 1234)),
        ("import:jsonl:events.jsonl/0/17", Place("import:jsonl:events.jsonl", 0, 0, 17)),
        ("import:irc:logs/2012/a b.log/0/7", Place("import:irc:logs/2012/a b.log", 0, 0, 7)),
        ("import:irc:odd@5/0/7", Place("import:irc:odd@5", 0, 0, 7)),
        ("a/1/2/3/4", Place("a/1/2", 3, EPOCH, 4)),
    ],
)
def test_a_place_is_read_from_its_end(text: str, place: Place) -> None:
    assert read_place(text, EPOCH) == place
    assert place.text(EPOCH) == text


@given(
    st.builds(
        Place,
        st.text(min_size=1) | st.text().map("import:{}".format),
        st.integers(0, 2**16 - 1),
        st.integers(0, 2**16 - 1),
        st.integers(0, 2**64 - 1),
    )
)
def test_what_is_written_is_read_back(place: Place) -> None:
    assert read_place(place.text(EPOCH), EPOCH) == place


@pytest.mark.parametrize(
    "text",
    [
        *("", "community.chat", "community.chat/2", "/2/3", "chat/x/3", "chat/2/-3", "chat/2/3@"),
        *("chat/70000/3", "chat/2/18446744073709551616", "chat/2/3@65536", "chat/２/3"),
    ],
)
def test_what_is_no_place_is_told_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"community\.chat/2/1234"):
        read_place(text, EPOCH)
