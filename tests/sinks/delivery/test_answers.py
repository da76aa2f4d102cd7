"""What an answer means: taken, later, never; with what to do."""

from __future__ import annotations

import json

import pytest

from sinks.delivery.answers import Answer, Judge, by_status, dingtalk, feishu, wecom
from sinks.delivery.outcome import Later, Refused


def answer(status: int = 200, body: object = b"", **headers: str) -> Answer:
    told = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, told)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_two_hundreds_are_taken(status: int) -> None:
    assert by_status(answer(status, b"ok")) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [(301, Refused), (400, Refused), (401, Refused), (403, Refused), (404, Refused),
     (410, Refused), (408, Later), (425, Later), (429, Later), (500, Later), (503, Later)],
)  # fmt: skip
def test_other_answers_are_later_or_never(status: int, kind: type[Exception]) -> None:
    failed = by_status(answer(status, b"invalid_payload"))
    assert type(failed) is kind
    assert "invalid_payload" in failed.what
    assert failed.remedy


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), ("-3", 0), ("99999999", 3_600), ("soon", 60), ("nan", 60), ("1.5", 60),
     ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", 3_600)],
)  # fmt: skip
def test_a_limit_says_how_long(header: str, seconds: float) -> None:
    failed = by_status(answer(429, b"", retry_after=header))
    assert isinstance(failed, Later)
    assert failed.after_s == seconds


def test_a_limit_without_a_word_is_a_minute() -> None:
    failed = by_status(answer(429))
    assert isinstance(failed, Later)
    assert failed.after_s == 60


@pytest.mark.parametrize("judge", [wecom, dingtalk])
def test_a_robot_takes_with_code_0(judge: Judge) -> None:
    assert judge(answer(200, {"errcode": 0, "errmsg": "ok"})) is None


def test_feishu_takes_with_code_0() -> None:
    assert feishu(answer(200, {"code": 0, "msg": "success", "StatusCode": 0})) is None


@pytest.mark.parametrize(
    ("judge", "body", "kind", "remedy"),
    [
        (wecom, {"errcode": 45009, "errmsg": "api freq out of limit"}, Later, "waited"),
        (wecom, {"errcode": 93000, "errmsg": "invalid webhook url"}, Refused, "WECOM_URL"),
        (wecom, {"errcode": 40058, "errmsg": "exceed max length"}, Refused, "report"),
        (wecom, {"errcode": 12345, "errmsg": "new"}, Refused, "documentation"),
        (dingtalk, {"errcode": 130101, "errmsg": "send too fast"}, Later, "waited"),
        (dingtalk, {"errcode": 410100, "errmsg": ""}, Later, "waited"),
        (dingtalk, {"errcode": -1, "errmsg": "系统繁忙"}, Later, "waited"),
        (dingtalk, {"errcode": 310000, "errmsg": "sign not match"}, Refused, "DINGTALK_SECRET"),
        (feishu, {"code": 19021, "msg": "sign match fail"}, Refused, "FEISHU_SECRET"),
        (feishu, {"code": 11232, "msg": "frequency limited"}, Later, "waited"),
        (feishu, {"code": 19024, "msg": "Key Words Not Found"}, Refused, "signature"),
    ],
)
def test_200_with_a_code_is_a_failure(
    judge: Judge, body: object, kind: type[Exception], remedy: str
) -> None:
    failed = judge(answer(200, body))
    assert type(failed) is kind
    assert remedy in failed.remedy


@pytest.mark.parametrize("judge", [wecom, dingtalk, feishu])
@pytest.mark.parametrize("body", [b"", b"<html>login</html>", b"[]", b"null", b"{}", b"\xff",
                                  b'{"errcode": "x", "code": []}'])  # fmt: skip
def test_200_without_a_verdict_is_not_taken(judge: Judge, body: bytes) -> None:
    assert isinstance(judge(answer(200, body)), Later)


def test_a_code_in_an_error_status_is_told_with_its_remedy() -> None:
    failed = feishu(answer(400, {"code": 19001, "msg": "param invalid"}))
    assert isinstance(failed, Refused)
    assert "FEISHU_URL" in failed.remedy


def test_what_others_say_is_told_short_and_on_one_line() -> None:
    failed = by_status(answer(400, b"\x1b[31m" + b"x\n" * 9_999))
    assert failed is not None
    assert len(failed.what) < 300
    assert failed.what.isprintable()
