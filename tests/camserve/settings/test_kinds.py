import math
from datetime import date
from pathlib import Path

import pytest

from camserve.settings import Kind, kinds

HIGH = 10**400


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (kinds.text(), "a b", "a b"),
        (kinds.text(numbers=True), 0, "0"),
        (kinds.integer(), "-7", -7),
        (kinds.integer(), " 7 ", 7),
        (kinds.integer(1, 5), 1, 1),
        (kinds.integer(1, 5), "5", 5),
        (kinds.port(), "0", 0),
        (kinds.port(), 65535, 65535),
        (kinds.number(), "1.5", 1.5),
        (kinds.number(0, 1), 1, 1.0),
        (kinds.number(0, 1), 0, 0.0),
        (kinds.seconds(), "0.001", 0.001),
        (kinds.choice("a", "b"), "b", "b"),
        (kinds.switch(), True, True),
        (kinds.switch(), "Yes", True),
        (kinds.switch(), "1", True),
        (kinds.switch(), "true", True),
        (kinds.switch(), "no", False),
        (kinds.switch(), "0", False),
        (kinds.switch(), "False", False),
        (kinds.path(), "/a/b", Path("/a/b")),
        (kinds.url("http", "https"), "https://a.example/x", "https://a.example/x"),
        (kinds.url("ws"), "ws://[::1]:8001", "ws://[::1]:8001"),
    ],
)
def test_takes(kind: Kind[object], given: object, value: object) -> None:
    parsed = kind.parse(given)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (kinds.text(), ""),
        (kinds.text(), 5),
        (kinds.text(), "a\0b"),
        (kinds.text(), "\udcff"),
        (kinds.text(numbers=True), True),
        (kinds.text(numbers=True), 1.5),
        (kinds.integer(), "1_000"),
        (kinds.integer(), "٣"),
        (kinds.integer(), "9" * 5000),
        (kinds.integer(), 1.0),
        (kinds.integer(), True),
        (kinds.integer(), None),
        (kinds.integer(1, 5), 0),
        (kinds.integer(1, 5), "6"),
        (kinds.port(), "-1"),
        (kinds.port(), 65536),
        (kinds.number(), "nan"),
        (kinds.number(), math.inf),
        (kinds.number(), HIGH),
        (kinds.number(), "fast"),
        (kinds.number(), True),
        (kinds.number(), date(2026, 1, 1)),
        (kinds.number(0, 1), 1.01),
        (kinds.number(0, 1), -0.01),
        (kinds.seconds(), 0),
        (kinds.choice("a", "b"), "A"),
        (kinds.choice("a", "b"), ["a"]),
        (kinds.switch(), "maybe"),
        (kinds.switch(), 1),
        (kinds.path(), ""),
        (kinds.path(), "a\0b"),
        (kinds.path(), "~there-is-no-such-user/x"),
        (kinds.path(), 3),
        (kinds.url("http"), "https://a.example"),
        (kinds.url("http"), "a.example"),
        (kinds.url("http"), "http://"),
        (kinds.url("http"), "http://a.example:port"),
        (kinds.url("http"), "http://a.example:0"),
        (kinds.url("http"), "http://a.example/\n"),
        (kinds.url("http"), "http://a b.example/"),
        (kinds.url("http"), "http://[::1"),
        (kinds.url("http"), 80),
    ],
)
def test_refuses(kind: Kind[object], given: object) -> None:
    with pytest.raises(ValueError):
        kind.parse(given)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (kinds.text(), "text"),
        (kinds.port(), "a port number from 0 to 65535"),
        (kinds.integer(1), "an integer, at least 1"),
        (kinds.integer(most=9), "an integer, at most 9"),
        (kinds.number(-1, 1.5), "a number from -1 to 1.5"),
        (kinds.number(above=0, most=240), "a number greater than 0 and at most 240"),
        (kinds.seconds(), "a number of seconds greater than 0"),
        (kinds.choice("a", "b"), "one of a, b"),
        (kinds.switch(), "true or false"),
        (kinds.url("http", "https"), "a URL that begins with http:// or https://"),
    ],
)
def test_says_what_it_expects(kind: Kind[object], expected: str) -> None:
    assert kind.expected == expected


def test_a_path_is_absolute_and_may_begin_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")
    assert kinds.path().parse("data") == tmp_path / "data"
    assert kinds.path().parse("~/data") == Path("/home/someone/data")
