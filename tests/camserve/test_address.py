import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from camserve.address import (
    ADDRESS_FILE,
    Addresses,
    camclient_command,
    is_loopback,
    is_wildcard,
    published,
    reachable_host,
    running_server,
    url_host,
)

HERE = Addresses(
    "http://127.0.0.1:8000/", "ws://127.0.0.1:8001/video-input-stream", "https://cams.example/"
)


class NoRoute(socket.socket):
    def connect(self, address: object) -> None:
        raise OSError("Network is unreachable")


class RouteFrom:
    """A datagram socket whose system would send from one address to wherever it is asked to."""

    source = "10.1.2.3"
    asked: tuple[int, str]

    def __init__(self, family: int, kind: int) -> None:
        self.family = family
        assert kind == socket.SOCK_DGRAM

    def __enter__(self) -> "RouteFrom":
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def connect(self, address: tuple[str, int]) -> None:
        RouteFrom.asked = (self.family, address[0])

    def getsockname(self) -> tuple[str, int]:
        return (self.source, 1)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_wildcards(host: str) -> None:
    assert is_wildcard(host)
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "localhost", "cam.LOCALHOST."]
)
def test_loopback(host: str) -> None:
    assert is_loopback(host)
    assert not is_wildcard(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "fe80::1%eth0", "::ffff:10.0.0.1", "cam.example"])
def test_neither_wildcard_nor_loopback(host: str) -> None:
    assert not is_loopback(host)
    assert not is_wildcard(host)
    assert reachable_host(host) == host


def test_a_wildcard_becomes_the_address_that_the_system_would_send_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "socket", RouteFrom)
    for host in ("0.0.0.0", ""):
        assert reachable_host(host) == "10.1.2.3"
        assert RouteFrom.asked == (socket.AF_INET, "192.0.2.1")
    monkeypatch.setattr(RouteFrom, "source", "2001:db8::5")
    assert reachable_host("::") == "2001:db8::5"
    assert RouteFrom.asked == (socket.AF_INET6, "2001:db8::1")


def test_without_a_route_it_is_the_name_if_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", NoRoute)
    monkeypatch.setattr(socket, "gethostname", lambda: "localhost")
    assert reachable_host("0.0.0.0") == "localhost"

    def unknown(*query: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert reachable_host("0.0.0.0") == "127.0.0.1"
    assert reachable_host("::") == "::1"


def test_hosts_in_urls() -> None:
    assert url_host("10.0.0.1") == "10.0.0.1"
    assert url_host("cam.example") == "cam.example"
    assert url_host("::1") == "[::1]"
    assert url_host("fe80::1%eth0") == "[fe80::1%25eth0]"


def test_a_running_server_is_found_until_it_stops(tmp_path: Path) -> None:
    assert running_server(tmp_path) is None
    with published(tmp_path, HERE):
        assert running_server(tmp_path) == HERE
        assert [file.name for file in tmp_path.iterdir()] == [ADDRESS_FILE]
    assert running_server(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_failing_server_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), published(tmp_path, HERE):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_later_server_is_left_alone(tmp_path: Path) -> None:
    later = {"pid": os.getppid(), "watch": "http://a/", "cameras": "ws://a/"}
    with published(tmp_path, HERE):
        (tmp_path / ADDRESS_FILE).write_text(json.dumps(later))
    assert running_server(tmp_path) == Addresses("http://a/", "ws://a/")


def test_what_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / ADDRESS_FILE).mkdir()
    with pytest.raises(OSError), published(tmp_path, HERE):
        pass
    assert [file.name for file in tmp_path.iterdir()] == [ADDRESS_FILE]


def test_a_killed_servers_file_is_not_believed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    content = {"pid": process.pid, "watch": HERE.watch, "cameras": HERE.cameras}
    (tmp_path / ADDRESS_FILE).write_text(json.dumps(content))
    assert running_server(tmp_path) is None


def test_a_server_of_another_user_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(pid: int, signal: int) -> None:
        raise PermissionError

    with published(tmp_path, HERE):
        monkeypatch.setattr(os, "kill", kill)
        assert running_server(tmp_path) == HERE


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        "\udcff",
        '{"pid": 1}',
        '{"pid": 0, "watch": "a", "cameras": "b"}',
        '{"pid": -1, "watch": "a", "cameras": "b"}',
        '{"pid": 1e400, "watch": "a", "cameras": "b"}',
        '{"pid": 99999999999999999999, "watch": "a", "cameras": "b"}',
        "[" * 200_000,
    ],
)
def test_a_broken_file_is_not_believed(tmp_path: Path, content: str) -> None:
    (tmp_path / ADDRESS_FILE).write_text(content, errors="surrogateescape")
    assert running_server(tmp_path) is None


def test_the_command_for_a_camera() -> None:
    assert camclient_command("ws://10.0.0.1:8001", 3, "abc") == (
        "camclient --server ws://10.0.0.1:8001 --camera-id 3 --token abc"
    )
