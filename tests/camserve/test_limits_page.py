"""docs/reference/limits.md says what the code does."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from camserve.config import Config
from camserve.net.admission import MAX_REFUSALS, RETRY_AFTER, Limits
from camserve.net.listen import TLS_TIMEOUT
from camserve.net.open_files import RESERVE
from camserve.refusals import BURST, PERIOD
from camserve.relay import CameraLimits
from camserve.relay.pace import BURST_TIME
from camserve.reload import AT_ONCE
from camserve.web.forms import BODY_TIMEOUT
from camserve.web.lent_stream import KEEP_ALIVE_TIMEOUT, LINGER_TIMEOUT
from camserve.web.request import MAX_UPLOADS, UPLOAD_WAIT
from camserve.web.streams import RETRY_AFTER_FULL

PAGE = (Path(__file__).parents[2] / "docs/reference/limits.md").read_text("utf-8")
UNITS = {"KiB": 1024, "MiB": 1024 * 1024}
ROWS = re.findall(r"^\| `(max_\w+)` (↻?) ?\| (\d+)(?: (KiB|MiB))?", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("name", "at_once", "number", "unit"), ROWS)
def test_a_row(name: str, at_once: str, number: str, unit: str) -> None:
    assert int(number) * UNITS.get(unit, 1) == getattr(Config(), name)
    assert bool(at_once) == (name in AT_ONCE)


def test_every_limit_has_a_row() -> None:
    settings = {field.name for field in fields(Config) if field.name.startswith("max_")}
    assert {name for name, *_ in ROWS} == settings


def test_what_stands_between_them() -> None:
    assert f"`Retry-After: {RETRY_AFTER}`" in PAGE
    assert f"`Retry-After: {RETRY_AFTER_FULL}`" in PAGE
    assert f"At most {MAX_REFUSALS} at a time" in PAGE
    assert f"keeps {RESERVE}" in PAGE
    assert f"| a TLS handshake | {TLS_TIMEOUT:g} s |" in PAGE
    assert f"an idle connection | {KEEP_ALIVE_TIMEOUT:g} s |" in PAGE
    assert f"| a form | {BODY_TIMEOUT:g} s |" in PAGE
    assert f"on for up to {LINGER_TIMEOUT:g} s" in PAGE
    assert f"| {MAX_UPLOADS} forms above" in PAGE
    assert f"up to {UPLOAD_WAIT:g} s, then 503" in PAGE
    assert (BURST_TIME, BURST, PERIOD) == (0.25, 20, 60)
    assert f"at most {BURST} lines a minute" in PAGE


def test_the_defaults_of_the_parts_are_those_of_the_settings() -> None:
    config = Config()
    assert Limits() == Limits(
        config.max_connections,
        config.max_unauthenticated_connections,
        config.max_unauthenticated_per_address,
    )
    assert CameraLimits() == CameraLimits(config.max_frame_rate, config.max_viewers_per_camera)
