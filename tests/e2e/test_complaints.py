"""What goes wrong is one line on standard error and an exit status, never a traceback."""

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from camserve.registry import schema
from tests.processes import camclient, python, real_server, register, run

FREE = ("--port", "0", "--ingest-port", "0")
DATABASE = "camserve.sqlite3"


def complaint(words: list[str], status: int, **variables: str) -> str:
    """The one line without the program's name and the line's end."""
    done = run(words, **variables)
    program = words[2]
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith(f"{program}: "), done.stderr
    return done.stderr.removeprefix(f"{program}: ").removesuffix("\n")


@pytest.mark.parametrize("option", ["--port", "--ingest-port"])
def test_a_busy_port(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        other = {"--port": "--ingest-port", "--ingest-port": "--port"}[option]
        words = python("camserve", "run", "--data-dir", tmp_path, option, port, other, "0")
        line = complaint(words, 1)
    where = option.replace("port", "host")
    reason = f"port {port} on 127.0.0.1 is in use by another program"
    assert line == f"{reason} (see {where} and {option})"


@pytest.mark.parametrize("words", [("run", *FREE), ("demo", *FREE), ("camera", "add", "x")])
def test_a_data_directory_that_cannot_be_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    # Below a file not even root can make one.
    (tmp_path / "file").touch()
    line = complaint(python("camserve", *words, "--data-dir", tmp_path / "file" / "data"), 1)
    assert str(tmp_path / "file" / "data") in line


@pytest.mark.parametrize(
    ("words", "status", "mentioned"),
    [
        (("camera", "remove", "7"), 1, "no camera with id 7"),
        (("camera", "token", "7"), 1, "no camera with id 7"),
        (("camera", "add", "front"), 1, "front"),
        (("camera", "add", "back", "--id", "1"), 1, "1"),
        (("camera", "add", "back", "--id", "0"), 2, "id"),
        (("camera", "remove", "front"), 2, "front"),
        (("run", "--port", "65536"), 2, "--port"),
        (("run", "--port", "http"), 2, "--port"),
        (("run", "--log-level", "loud"), 2, "--log-level"),
        (("run", "--stale-after", "-1"), 2, "--stale-after"),
        (("run", "--host", "http://here"), 2, "--host"),
        (("run", "--host", "192.0.2.1", *FREE), 1, "192.0.2.1"),
        (("run", "--local-camera", "test:9", *FREE), 1, "--local-camera"),
        (("run", "--prot", "80"), 2, "--port"),
        (("demo", "now"), 2, "now"),
        (("run", "--keyfile", "/missing.pem", *FREE), 2, "certfile"),
        (("run", "--database", "mysql://a@h/x", *FREE), 2, "mysql"),
        (("demo", "--database", "sqlite://", *FREE), 2, "names no file"),
        (("camera", "list", "--database", "mysql://a@h/x"), 2, "mysql"),
        (("serve",), 2, "serve"),
        ((), 2, "COMMAND"),
        (("run", "--config", "/missing.toml"), 2, "/missing.toml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_was_asked_cannot_be_done(
    tmp_path: Path, words: tuple[str, ...], status: int, mentioned: str
) -> None:
    register(tmp_path, "front")
    line = complaint(python("camserve", *words), status, CAMSERVE_DATA_DIR=str(tmp_path))
    assert mentioned in line


@pytest.mark.parametrize(
    ("content", "mentioned"),
    [
        ("port = ", "line 1"),
        ("prot = 8000", "unknown key 'prot'; did you mean port?"),
        ('port = "http"', "key port"),
        ("config = 'other.toml'", "unknown key 'config'"),
        (b"\xff\xfe", "settings.toml"),
    ],
    ids=str,
)
def test_a_bad_settings_file(tmp_path: Path, content: str | bytes, mentioned: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    line = complaint(python("camserve", "run", "--config", file, "--data-dir", tmp_path), 2)
    assert str(file) in line
    assert mentioned in line


def test_a_bad_variable() -> None:
    line = complaint(python("camserve", "run"), 2, CAMSERVE_PORT="many")
    assert "CAMSERVE_PORT" in line
    assert "many" in line


@pytest.mark.parametrize(
    ("words", "garbage"),
    [
        (("run", *FREE), b"not a database"),
        (("run", *FREE), b"SQLite format 3\0" * 400),
        (("camera", "add", "x"), b"\0" * 5000),
    ],
    ids=["text", "header only", "zeros"],
)
def test_a_damaged_database_is_left_as_it_is(
    tmp_path: Path, words: tuple[str, ...], garbage: bytes
) -> None:
    database = tmp_path / DATABASE
    database.write_bytes(garbage)
    line = complaint(python("camserve", *words, "--data-dir", tmp_path), 1)
    assert str(database) in line
    assert database.read_bytes() == garbage


def test_a_newer_database_is_left_as_it_is(tmp_path: Path) -> None:
    register(tmp_path, "front")
    database = tmp_path / DATABASE
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"UPDATE {schema.VERSION_TABLE} SET {schema.VERSION_COLUMN} = 'r9999'")
    before = database.read_bytes()
    line = complaint(python("camserve", "run", *FREE, "--data-dir", tmp_path), 1)
    assert "newer" in line
    assert str(database) in line
    assert database.read_bytes() == before


def test_camclient_without_a_token() -> None:
    words = python("camclient", "--server", "ws://127.0.0.1:1", "--camera-id", "1")
    assert "token" in complaint(words, 2)


@pytest.mark.parametrize(
    ("words", "mentioned"),
    [
        ((), "--camera-id"),
        (("--server", "http://here"), "--server"),
        (("--fps", "0"), "--fps"),
        (("--camera-id", "0"), "--camera-id"),
        (("--source", "test:9"), "test:9"),
        (("--config", "/missing.json"), "/missing.json"),
        (("--colour",), "--colour"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_camclient_used_wrongly(words: tuple[str, ...], mentioned: str) -> None:
    right = ("--server", "ws://127.0.0.1:1", "--camera-id", "1", "--token", "t")
    # An option that is given twice counts the second time.
    assert mentioned in complaint(python("camclient", *(right if words else ()), *words), 2)


def test_camclient_refused(tmp_path: Path) -> None:
    ((camera_id, token),) = register(tmp_path, "front")
    quiet = ("--source", "test", "--log-level", "error")
    with real_server(tmp_path) as server:
        wrong_token = camclient(server.ingest, camera_id, token[::-1], *quiet)
        assert complaint(wrong_token, 3) == "the server refused: Invalid token"
        wrong_id = camclient(server.ingest, 9, token, *quiet)
        assert complaint(wrong_id, 3) == "the server refused: No camera with id 9 exists"
