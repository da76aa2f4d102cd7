"""Every format: whole payloads, hostile names, limits, signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import os
import re
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerting.messages import dingtalk, feishu, generic, mail, slack, wecom
from pipeline.alerting.messages.dialect import DINGTALK, FEISHU, HTML, SLACK, WECOM, Dialect
from pipeline.alerting.messages.document import Text
from pipeline.alerting.messages.encoding import encoded
from pipeline.alerting.messages.message import Message
from pipeline.alerting.messages.plain import NAME_LIMIT, plain, web
from pipeline.alerting.messages.written import written
from pipeline.catalog.cause_words import Language
from tests.pipeline.alerting.messages.cases import HOSTILE, alert, health, incident, message

ZONE = ZoneInfo("Asia/Shanghai")
GOLDEN = Path(__file__).parent / "golden"

ROBOTS: dict[str, Callable[[Any], dict[str, object]]] = {
    "wecom": wecom.payload,
    "dingtalk": dingtalk.payload,
    "feishu": feishu.payload,
    "slack": slack.payload,
}
CASES: dict[str, Message] = {
    "firing": message(alert(), incidents=(incident(),)),
    "unknown": message(alert()),
    "several": message(
        *(alert(f"g{n:02}") for n in range(7)),
        alert("gone", status="resolved"),
        incidents=tuple(incident(f"g{n:02}", f"Group {n}") for n in range(7)),
    ),
    "resolved": message(alert(status="resolved"), incidents=(incident(),)),
    "health": message(health()),
    "hostile": message(
        *(alert(name) for name in HOSTILE),
        incidents=tuple(incident(name, name) for name in HOSTILE),
    ),
}
each_language = pytest.mark.parametrize("language", Language)
each_robot = pytest.mark.parametrize("robot", ROBOTS)


def told(payload: dict[str, object]) -> str:
    """Every text of a payload."""

    def texts(value: object) -> list[str]:
        match value:
            case str():
                return [value]
            case dict():
                return [text for part in value.values() for text in texts(part)]
            case list():
                return [text for part in value for text in texts(part)]
        return []

    return "\n".join(texts(payload))


@each_robot
def test_payloads_are_as_they_were_looked_at(robot: str) -> None:
    """The golden files are what was held to each robot's documentation.

    WRITE_GOLDEN=1 writes them anew; look at what changed.
    """
    payloads = {
        f"{name}.{language}": ROBOTS[robot](written(case, language, ZONE))
        for name, case in CASES.items()
        for language in Language
    }
    file = GOLDEN / f"{robot}.json"
    text = json.dumps(payloads, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("WRITE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert json.loads(file.read_text(encoding="utf-8")) == payloads


def test_our_own_json_is_as_it_was_looked_at() -> None:
    payloads = {
        name: generic.payload(written(case, Language.EN, ZONE), case)
        for name, case in CASES.items()
    }
    file = GOLDEN / "generic.json"
    if os.environ.get("WRITE_GOLDEN"):
        file.write_text(json.dumps(payloads, ensure_ascii=False, indent=1) + "\n")
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(encoded(payloads))


@pytest.mark.parametrize("dialect", [WECOM, DINGTALK], ids=["wecom", "dingtalk"])
@given(text=st.text(st.sampled_from("ab_*`~[]()<>\\#!@群 ")))
def test_a_text_is_no_markup_where_there_is_no_escape(dialect: Dialect, text: str) -> None:
    written_text = dialect.span(Text(text))
    assert not set("*`~[]<>\\") & set(written_text)
    assert not re.search(r"(^|\W)_|_(\W|$)", written_text)


@given(text=st.text())
def test_a_text_is_no_markup_for_feishu_and_is_shown_whole(text: str) -> None:
    written_text = FEISHU.span(Text(text))
    assert not set("<>*~`[]()_\\") & set(written_text)
    assert html.unescape(written_text) == html.unescape(html.escape(text)) or "\r" in text


@given(text=st.text(st.characters(exclude_categories=("Cs",))))
def test_a_text_is_no_markup_for_slack(text: str) -> None:
    written_text = SLACK.span(Text(text))
    assert not set("<>*`~") & set(written_text)
    assert not re.search(r"&(?!amp;|lt;|gt;)", written_text)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


@given(text=st.text())
def test_a_text_makes_no_tag_in_html(text: str) -> None:
    parser = _Tags()
    parser.feed(HTML.span(Text(text)))
    assert parser.tags == []


@given(text=st.text())
def test_plain_text_is_one_short_line_without_tricks(text: str) -> None:
    made = plain(text, NAME_LIMIT)
    assert len(made) <= NAME_LIMIT
    assert made.isprintable() or not made
    assert "://" not in made
    assert plain(made, NAME_LIMIT) == made


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://g.example/d/x?a=b&c=%20d#e", "https://g.example/d/x?a=b&c=%20d#e"),
        ("https://g.example/d?var-group=a)b|c>d e\nf", 
         "https://g.example/d?var-group=a%29b%7Cc%3Ed%20e%0Af"),
        ("https://g.example/d?var-group=群", "https://g.example/d?var-group=%E7%BE%A4"),
        ("javascript:alert(1)", ""),
        ("deploy/runbook.md#X", ""),
        ("https://", ""),
        ("http://[::1", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_are_links_and_cannot_end_early(url: str, safe: str) -> None:
    assert web(url) == safe


@each_robot
@each_language
@pytest.mark.parametrize("name", HOSTILE, ids=[f"hostile-{n}" for n in range(len(HOSTILE))])
def test_a_hostile_name_mentions_nobody_and_opens_nothing(
    robot: str, language: Language, name: str
) -> None:
    case = message(alert(name), incidents=(incident(name, name, causes=[
        {"by": name or "x", "part": name, "points": -0.1, "share": 0.5}]),))  # fmt: skip
    payload = ROBOTS[robot](written(case, language, ZONE))
    if robot in ("feishu", "slack"):  # their titles are plain text
        header = payload["card"]["header"] if robot == "feishu" else payload["blocks"][0]  # type: ignore[index,call-overload]
        title = header.pop("title" if robot == "feishu" else "text")
        assert title["tag" if robot == "feishu" else "type"] == "plain_text"
    texts = told(payload)
    assert "](https://evil" not in texts
    assert "<https://evil" not in texts
    for tag in ("<@all", "<!channel", "<at ", "</font></at", "<script"):
        assert tag not in texts
    assert "line one\nline two" not in texts


@each_language
@pytest.mark.parametrize("size", [1, 5, 12, 200])
@pytest.mark.parametrize("filler", ["x", "群", "&", "*", "\U0001f389"])
def test_no_robot_gets_more_than_it_takes(language: Language, size: int, filler: str) -> None:
    names = [f"{filler * 80}{n}" for n in range(size)]
    long = filler * 3_000
    case = message(
        *(alert(name) for name in names),
        incidents=tuple(
            incident(
                name, f"{filler * 200}{n}",
                actions_en=[f"{long}{m}" for m in range(9)],
                actions_zh=[f"{long}{m}" for m in range(9)],
                causes=[{"by": long, "part": long, "points": -0.1, "share": None}] * 9,
                links={"board": f"https://g.example/?x={long}", "query": long},
            )
            for n, name in enumerate(names)
        ),
    )  # fmt: skip
    document = written(case, language, ZONE)
    content = wecom.payload(document)["markdown"]["content"]  # type: ignore[index]
    assert len(content.encode()) <= 4_096
    assert len(encoded(dingtalk.payload(document))) <= 20_000
    assert len(encoded(feishu.payload(document))) <= 20_000
    blocks: Any = slack.payload(document)["blocks"]
    assert len(blocks) <= 50
    assert len(blocks[0]["text"]["text"]) <= 150
    assert all(len(block["text"]["text"]) <= 3_000 for block in blocks)


def test_what_is_cut_is_counted_and_lines_stay_whole() -> None:
    case = message(
        *(alert(f"g{n}") for n in range(9)),
        incidents=tuple(
            incident(
                f"g{n}",
                "群" * 60,
                causes=[{"by": "channel", "part": "群" * 60, "points": -0.1, "share": 0.3}] * 3,
            )
            for n in range(9)
        ),
    )
    whole = written(case, Language.ZH, ZONE)
    content: str = wecom.payload(whole)["markdown"]["content"]  # type: ignore[index]
    shown = content.count("当前 8%")
    assert 0 < shown < 5
    assert f"另有 {9 - shown} 条" in content
    lines = {WECOM.lines((line,)) for part in whole.parts for line in part}
    cut = [line for line in content.split("\n") if line and line not in lines]
    assert [line[:3] for line in cut] == ["###", "另有 "[:3]]


def test_dingtalks_address_is_signed_as_its_documentation_says() -> None:
    url = dingtalk.signed(
        "https://oapi.example/robot/send?access_token=t", "SECx", 1_700_000_000_000
    )
    query = parse_qs(urlsplit(url).query)
    digest = hmac.new(b"SECx", b"1700000000000\nSECx", hashlib.sha256).digest()
    assert query["timestamp"] == ["1700000000000"]
    assert base64.b64decode(query["sign"][0]) == digest
    assert query["access_token"] == ["t"]
    assert dingtalk.signed("https://x/", "", 1) == "https://x/"


def test_feishus_card_is_signed_as_its_documentation_says() -> None:
    signed = feishu.signature("s", 1_700_000_000)
    digest = hmac.new(b"1700000000\ns", b"", hashlib.sha256).digest()
    assert signed == {"timestamp": "1700000000", "sign": base64.b64encode(digest).decode()}
    assert feishu.signature("", 1) == {}


@each_language
@pytest.mark.parametrize("name", CASES)
def test_a_mail_is_a_proper_mail(name: str, language: Language) -> None:
    case = CASES[name]
    document = written(case, language, ZONE)
    raw = mail.email(
        document,
        case,
        sender="Pulse <pulse@ops.example>",
        recipients=["a@x.example", "b@x.example"],
    ).as_bytes()
    read = message_from_bytes(raw, policy=default)
    assert read["Subject"] == document.title
    assert read["To"] == "a@x.example, b@x.example"
    assert read["Message-ID"].endswith("@ops.example>")
    assert read["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    parser = _Tags()
    parser.feed(read.get_body(("html",)).get_content())
    assert set(parser.tags) <= {
        "html", "head", "meta", "body", "h2", "p", "br", "strong", "a", "code"
    }  # fmt: skip
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_mails_of_one_incident_are_one_thread_and_each_a_mail_of_its_own() -> None:
    def sent(case: Message) -> Any:
        document = written(case, Language.EN, ZONE)
        return mail.email(document, case, sender="p@x.example", recipients=["a@x.example"])

    fired, again, ended = (
        sent(CASES["firing"]), sent(CASES["firing"]), sent(CASES["resolved"])
    )  # fmt: skip
    assert fired["References"] == ended["References"]
    assert fired["Message-ID"] == again["Message-ID"] != ended["Message-ID"]
