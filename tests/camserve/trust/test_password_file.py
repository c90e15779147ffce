"""The password's file, on a real disk."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from camserve.trust import InvalidPasswordError
from camserve.trust import password_file as module
from camserve.trust.password_file import PasswordFileError, read_password, watch_password


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("old\n")
    return path


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"secret", "secret"),
        (b"  with spaces inside \t\r\nand a comment below", "with spaces inside"),
        ("\ufeffKäse\n".encode(), "Käse"),
        (b"$argon2id$x", "$argon2id$x"),
    ],
)
def test_the_first_line_counts(file: Path, content: bytes, password: str) -> None:
    file.write_bytes(content)
    assert read_password(file) == password


@pytest.mark.parametrize("content", [b"", b"\n", b"  \nsecret", b"\xff\xfe"])
def test_no_password_in_it(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(PasswordFileError, match=str(file)):
        read_password(file)


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "none", tmp_path / "pipe"):
        with pytest.raises(PasswordFileError, match=str(path)):
            read_password(path)


class Changes:
    """Takes the passwords that are found."""

    def __init__(self) -> None:
        self.send, self.receive = trio.open_memory_channel[str](10)

    def take(self, password: str) -> None:
        if password.startswith("$argon2"):
            raise InvalidPasswordError("it is no hash")
        self.send.send_nowait(password)


@asynccontextmanager
async def watching(file: Path, changes: Changes) -> AsyncIterator[None]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch_password, file, "old", changes.take)
        yield
        nursery.cancel_scope.cancel()


async def test_a_change_is_found_within_a_second(file: Path) -> None:
    changes = Changes()
    async with watching(file, changes):
        await trio.Path(file).write_text("new")
        with trio.fail_after(1):
            assert await changes.receive.receive() == "new"
        replacement = trio.Path(file.with_name("replacement"))
        await replacement.write_text("newer")
        await replacement.rename(file)
        with trio.fail_after(1):
            assert await changes.receive.receive() == "newer"


async def passwords_found(
    file: Path, monkeypatch: pytest.MonkeyPatch, *contents: str | None
) -> list[str]:
    """What the watch finds when it meets these one after the other; None: there is no file."""
    looks = iter(contents)
    seen_all = trio.Event()

    def read(path: Path) -> str:
        content = next(looks, "")
        if content == "":
            trio.from_thread.run_sync(seen_all.set)
        if not content:
            raise PasswordFileError(f"the password file {path} is no good")
        return content

    monkeypatch.setattr(module, "INTERVAL", 0)
    monkeypatch.setattr(module, "read_password", read)
    changes = Changes()
    async with watching(file, changes):
        with trio.fail_after(5):
            await seen_all.wait()
    changes.send.close()
    return [password async for password in changes.receive]


async def test_half_a_password_is_not_taken(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await passwords_found(file, monkeypatch, "old", "n", "ne", "new", "new", "new", "old")
    assert found == ["new"]


async def test_the_old_password_can_come_back(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await passwords_found(file, monkeypatch, "new", "new", "old", "old")
    assert found == ["new", "old"]


async def test_while_the_file_is_no_good_the_old_password_stays(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found = await passwords_found(file, monkeypatch, None, None, "old", "old", None, None)
    assert found == []
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert str(file) in caplog.text


async def test_a_hash_that_is_none_is_logged_and_not_quoted(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bad = "$argon2 nonsense"
    found = await passwords_found(file, monkeypatch, bad, bad, bad, "new", "new")
    assert found == ["new"]
    assert "it is no hash" in caplog.messages[0]
    assert caplog.messages[1] == "the viewer password has changed"
    assert bad not in caplog.text
