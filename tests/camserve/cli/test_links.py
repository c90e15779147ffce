import re
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from camserve.address import Addresses, published
from camserve.cli.links import parse_duration
from camserve.registry import Registry, load_secret
from camserve.trust.signing import Link, Signatures

from .conftest import Run

WATCH = "http://10.0.0.1:1/"


def signatures(data_dir: Path) -> Signatures:
    return Signatures(load_secret(data_dir, None))


def parameter(url: str, name: str) -> str:
    (value,) = parse_qs(urlsplit(url).query)[name]
    return value


def test_share_prints_a_link_and_nothing_else(camserve: Run, data_dir: Path) -> None:
    camserve("camera", "add", "front", "--id", "7")
    camserve("camera", "token", "7", "--rotate")
    before = int(time.time())
    outcome = camserve("camera", "share", "7", "--for", "2h")
    assert (outcome.status, outcome.err) == (0, "")
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/\?token=[\w.~-]+\n", outcome.out)
    link = signatures(data_dir).read_link(parameter(outcome.out.strip(), "token"))
    assert link is not None
    assert link == Link(7, 2, link.expires_at)
    assert 7200 <= link.expires_at - before <= 7210


def test_admin_link_prints_a_link_that_counts_for_ten_minutes(
    camserve: Run, data_dir: Path
) -> None:
    data_dir.mkdir()
    with published(data_dir, Addresses("http://127.0.0.1:8000/", "ws://127.0.0.1:8001/")):
        outcome = camserve("admin-link")
    assert (outcome.status, outcome.err) == (0, "")
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/login\?code=[\w.~-]+\n", outcome.out)
    code = parameter(outcome.out.strip(), "code")
    assert signatures(data_dir).is_code(code)
    with Registry.open(f"sqlite:///{data_dir}/camserve.sqlite3") as registry:
        assert not registry.take_code(code, time.time() + 601)
    again = parameter(camserve("admin-link").out.strip(), "code")
    with Registry.open(f"sqlite:///{data_dir}/camserve.sqlite3") as registry:
        assert registry.take_code(again, time.time() + 590)


def test_an_admin_link_for_no_server(camserve: Run, data_dir: Path, tmp_path: Path) -> None:
    assert (
        f"no server runs on {data_dir}: the link is good for no other" in camserve("admin-link").err
    )
    # Which servers there are on a database elsewhere, this directory does not tell.
    assert camserve("admin-link", "--database", f"sqlite:///{tmp_path}/other").err == ""


@pytest.mark.parametrize(
    ("words", "base"),
    [
        ([], "http://10.0.0.1:1/"),
        (["--public-url", "https://cams.example/club"], "https://cams.example/club/"),
        (["--public-url", "https://cams.example/club/"], "https://cams.example/club/"),
    ],
)
def test_how_links_begin(camserve: Run, data_dir: Path, words: list[str], base: str) -> None:
    camserve("camera", "add", "front")
    with published(data_dir, Addresses(WATCH, "ws://10.0.0.1:2/video-input-stream")):
        assert camserve("camera", "share", "1", "--for", "1d", *words).out.startswith(
            f"{base}?token="
        )
        assert camserve("admin-link", *words).out.startswith(f"{base}login?code=")


def test_how_links_begin_when_the_running_server_knows_better(
    camserve: Run, data_dir: Path
) -> None:
    # It was told by an option of its service; whoever types the next command was not.
    camserve("camera", "add", "front")
    with published(data_dir, Addresses(WATCH, "ws://10.0.0.1:2/", "https://cams.example/club")):
        assert camserve("admin-link").out.startswith("https://cams.example/club/login?code=")
        own = camserve("admin-link", "--public-url", "https://other.example").out
        assert own.startswith("https://other.example/login?code=")


def test_how_links_begin_when_no_server_runs(camserve: Run) -> None:
    assert camserve("admin-link", "--port", "9000").out.startswith("http://127.0.0.1:9000/login")
    assert camserve("admin-link", "--port", "0").out.startswith("http://127.0.0.1:PORT/login")
    secure = camserve("admin-link", "--host", "::1", "--certfile", "certificate.pem").out
    assert secure.startswith("https://[::1]:8000/login")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("90s", 90),
        ("30m", 1800),
        ("2h", 7200),
        ("1h30m", 5400),
        ("7d", 7 * 86400),
        ("1d2h3m4s", 93784),
        ("366d", 366 * 86400),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "2", "h", "2H", "2 h", "-2h", "1.5h", "30m1h", "0s", "0d0h", "367d", "366d1s", "9" * 20],
)
def test_what_is_no_duration(camserve: Run, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        parse_duration(text)
    outcome = camserve("camera", "share", "1", f"--for={text}")
    assert outcome.status == 2
    assert "--for: expected a time such as" in outcome.complaint


def test_what_cannot_be_done_is_one_line(camserve: Run) -> None:
    outcome = camserve("camera", "share", "1", "--for", "2h")
    assert (outcome.status, outcome.complaint) == (1, "no camera with id 1")
    outcome = camserve("camera", "share", "1")
    assert outcome.status == 2
    assert "--for" in outcome.complaint
