import json
import logging
import re
import sys
from collections.abc import Callable, Iterator

import pytest

from camserve import logs

OURS = "camserve.ingest"


@pytest.fixture(autouse=True)
def _keep_logging_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, *logs.OWN_LOGGERS)]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


Logged = Callable[[], list[str]]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Logged:
    def read() -> list[str]:
        out, err = capsys.readouterr()
        assert out == ""
        return err.splitlines()

    return read


def test_text(logged: Logged) -> None:
    logs.setup("info", "text")
    logging.getLogger(OURS).info("camera %d connected", 1)
    (line,) = logged()
    time = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}"
    assert re.fullmatch(rf"{time} INFO camserve\.ingest: camera 1 connected", line)


def test_json(logged: Logged) -> None:
    logs.setup("info", "json")
    logging.getLogger(OURS).warning("camera %d", 1)
    (line,) = logged()
    record = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record.pop("time"))
    assert record == {"level": "warning", "logger": OURS, "message": "camera 1"}


def test_facts_are_members_of_the_json_object_and_replace_none(logged: Logged) -> None:
    logs.setup("info", "json")
    facts = {"seconds": 1.5, "ending": "a\nb", "message": "another", "level": "another"}
    logging.getLogger(OURS).info("gone", extra={logs.FACTS: facts})
    (line,) = logged()
    record = json.loads(line)
    assert record.pop("time")
    assert record == {
        "level": "info",
        "logger": OURS,
        "message": "gone",
        "seconds": 1.5,
        "ending": "a\nb",
    }


@pytest.mark.parametrize("format", ["text", "json"])
def test_what_strangers_send_stays_on_one_line(format: str, logged: Logged) -> None:
    logs.setup("info", format)
    logging.getLogger(OURS).info("name %s", "a\nb\r\u2028c\x1b[31m\udc80")
    (line,) = logged()
    assert line.isprintable()


def test_a_traceback_is_indented_in_text(logged: Logged) -> None:
    logs.setup("info", "text")
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        logging.getLogger(OURS).exception("failed")
    first, *rest = logged()
    assert first.endswith(f"ERROR {OURS}: failed")
    assert rest[0].strip() == "Traceback (most recent call last):"
    assert all(line.startswith("    ") for line in rest)


def test_a_traceback_is_a_member_in_json(logged: Logged) -> None:
    logs.setup("info", "json")
    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger(OURS).exception("failed", stack_info=True)
    (line,) = logged()
    exception = json.loads(line)["exception"]
    assert "ValueError: why" in exception
    assert "Stack (most recent call last)" in exception


@pytest.mark.parametrize(
    ("level", "ours", "others"),
    [
        ("debug", ["debug", "info", "warning", "error"], ["warning", "error"]),
        ("info", ["info", "warning", "error"], ["warning", "error"]),
        ("warning", ["warning", "error"], ["warning", "error"]),
        ("error", ["error"], ["error"]),
    ],
)
def test_levels(level: str, ours: list[str], others: list[str], logged: Logged) -> None:
    logs.setup(level, "json")
    seen = {}
    for name in (OURS, "camclient.push", "hypercorn.error"):
        for word in ("debug", "info", "warning", "error"):
            getattr(logging.getLogger(name), word)("x")
        seen[name] = [json.loads(line)["level"] for line in logged()]
    assert seen == {OURS: ours, "camclient.push": ours, "hypercorn.error": others}


def test_a_second_setup_replaces_the_first(logged: Logged) -> None:
    other = logging.NullHandler()
    logging.getLogger().addHandler(other)
    logs.setup("info", "text")
    logs.setup("info", "json")
    logging.getLogger(OURS).info("once")
    assert [json.loads(line)["message"] for line in logged()] == ["once"]
    assert other in logging.getLogger().handlers


def test_it_writes_to_the_standard_error_of_now() -> None:
    logs.setup("info", "text")
    handler = logging.getLogger().handlers[-1]
    assert isinstance(handler, logging.StreamHandler)
    assert handler.stream is sys.stderr


def test_one_line_leaves_what_is_printable() -> None:
    assert logs.one_line("Haustür, 2. Stock 📷") == "Haustür, 2. Stock 📷"
    assert logs.one_line("a\tb\\n") == "a\\tb\\n"
