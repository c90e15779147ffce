"""What the log of camserve and of camclient looks like: on standard error, a line a record."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

#: In `extra` of a record: facts for programs, which become members of its JSON object.
FACTS = "facts"
#: Whose records appear from the configured level on. All others are libraries: from WARNING on.
OWN_LOGGERS = ("camserve", "camclient")


def setup(level: str, format: str) -> None:
    """Log to standard error; a second call replaces what the first one did.

    level: "debug", "info", "warning" or "error".
    format: "text" or "json".
    """
    handler = _Handler(sys.stderr)
    handler.setFormatter(JSONFormatter() if format == "json" else TextFormatter())
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old, _Handler):
            root.removeHandler(old)
    root.addHandler(handler)
    number = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(max(number, logging.WARNING))
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(number)


class Stream(Protocol):
    """What log lines are written to, a whole record at a time; from any thread."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> None: ...


@contextmanager
def through(stream: Stream) -> Iterator[None]:
    """Log lines go there for as long as the block runs, and not straight to standard error."""
    handlers = [one for one in logging.getLogger().handlers if isinstance(one, _Handler)]
    before = [handler.setStream(stream) for handler in handlers]
    try:
        yield
    finally:
        for handler, old in zip(handlers, before, strict=True):
            handler.setStream(old)


def one_line(text: str) -> str:
    """Text with everything that is not printable written as an escape.

    Names, paths and reasons come from strangers: a line feed could fake a record, an escape
    sequence could change the terminal of whoever reads the log.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class TextFormatter(logging.Formatter):
    """`2026-11-22 13:00:00+0100 INFO camserve.ingest: camera 1 connected`, in local time.

    A traceback follows on lines of its own, indented, so that no line of it looks like a record.
    """

    def __init__(self) -> None:
        super().__init__(datefmt="%Y-%m-%d %H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        time = self.formatTime(record, self.datefmt)
        line = f"{time} {record.levelname} {record.name}: {one_line(record.getMessage())}"
        lines = _traceback(self, record).splitlines()
        return "\n".join([line, *(f"    {one_line(part)}" for part in lines)])


class JSONFormatter(logging.Formatter):
    """One JSON object a line: time (ISO 8601, UTC), level, logger, message, perhaps exception.

    Records with facts have those as well.
    """

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        members: dict[str, object] = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if traceback := _traceback(self, record):
            members["exception"] = traceback
        for name, value in getattr(record, FACTS, {}).items():
            members.setdefault(name, value)
        return json.dumps(members)  # ASCII only, so nothing in it can end the line


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]  # not generic at run time
    """Ours, so that a second setup finds it and leaves handlers of others alone."""


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    parts = []
    if record.exc_info:
        parts.append(formatter.formatException(record.exc_info))
    if record.stack_info:
        parts.append(formatter.formatStack(record.stack_info))
    return "\n".join(parts)
