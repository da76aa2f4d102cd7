import pytest

from pipeline.sources.chat_text import measure_text

HERE = {"ann": "p1", "ann_": "p2", "bob-x": "p3", "[cat]": "p4"}


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("is it?", True),
        ("is it? yes", True),
        ('he asked "why?"', True),
        ("在吗?", True),
        ("(really?)", True),
        ("really?!", False),
        ("see http://x.org/?id=1", False),
        ("http://x.org/?", True),
        ("", False),
        ("no.", False),
    ],
)
def test_a_question_mark_asks_at_the_end_of_a_word(text: str, asks: bool) -> None:
    assert measure_text(text, HERE.get).is_question is asks


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("ann: hello", ("p1",)),
        ("hello ann, and bob-x!", ("p1", "p3")),
        ("ann_ is not ann", ("p2", "p1")),
        ("ann ann ann", ("p1",)),
        ("anna and joann", ()),
        ("@[cat] purrs", ("p4",)),
        ("", ()),
    ],
)
def test_mentions_are_whole_nicks_of_those_present(text: str, mentions: tuple[str, ...]) -> None:
    assert measure_text(text, HERE.get).mentions == mentions


@pytest.mark.parametrize(("text", "length"), [("", 0), ("abc", 3), ("群友🙂", 3)])
def test_length_is_in_code_points(text: str, length: int) -> None:
    assert measure_text(text, HERE.get).length == length
