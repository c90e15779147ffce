import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from camserve.registry import SecretError, load_secret

MAKE = "import sys, pathlib, camserve.registry as r; sys.stdin.read(1);"
MAKE += "print(r.load_secret(pathlib.Path(sys.argv[1]), None).decode())"


def test_the_first_start_makes_a_secret_that_stays(tmp_path: Path) -> None:
    secret = load_secret(tmp_path, None)
    assert len(secret) >= 32
    assert load_secret(tmp_path, None) == secret
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_secret(tmp_path, None)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_who_lets_others_read_it_is_warned(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load_secret(tmp_path, None)
    load_secret(tmp_path, None)
    assert not caplog.messages
    (tmp_path / "secret").chmod(0o640)
    secret = load_secret(tmp_path, None)
    (message,) = caplog.messages
    assert message.startswith(f"others on this machine may read {tmp_path}/secret")
    assert secret.decode() not in message


def test_two_servers_have_two_secrets(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert load_secret(tmp_path / "a", None) != load_secret(tmp_path / "b", None)


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE, tmp_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    secrets = {process.communicate()[0] for process in processes}
    assert secrets == {load_secret(tmp_path, None) + b"\n"}
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_whoever_comes_second_takes_the_first_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def overtaken(source: Path, target: Path) -> None:
        target.write_bytes(b"f" * 64)
        link(source, target)

    monkeypatch.setattr(os, "link", overtaken)
    assert load_secret(tmp_path, None) == b"f" * 64
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_a_failure_half_way_leaves_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(SecretError, match=r"secret: No space left on device; [^\n]*$"):
        load_secret(tmp_path, None)
    assert not list(tmp_path.iterdir())


def test_the_secret_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def fsync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append(f"{kind}, named: {(tmp_path / 'secret').exists()}")

    monkeypatch.setattr(os, "fsync", fsync)
    load_secret(tmp_path, None)
    assert synced == ["file, named: False", "folder, named: True"]


def test_a_given_secret_counts_and_makes_no_file(tmp_path: Path) -> None:
    assert load_secret(tmp_path, "sixteen letters ✓") == "sixteen letters ✓".encode()
    assert not list(tmp_path.iterdir())


def test_the_content_of_the_file_may_be_given_elsewhere(tmp_path: Path) -> None:
    secret = load_secret(tmp_path, None)
    assert load_secret(tmp_path / "nowhere", (tmp_path / "secret").read_text()) == secret


@pytest.mark.parametrize("given", ["", "x" * 15, " " * 20, " " + "x" * 15])
def test_a_short_given_secret_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(SecretError, match=r"^CAMSERVE_SECRET: expected at least 16 characters"):
        load_secret(tmp_path, given)


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"\n" * 40])
def test_a_short_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(SecretError, match=rf"^the secret file {tmp_path}/secret is damaged[^\n]*$"):
        load_secret(tmp_path, None)
    assert (tmp_path / "secret").read_bytes() == content


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    with pytest.raises(SecretError, match=rf"{tmp_path}/secret: Is a directory; [^\n]*$"):
        load_secret(tmp_path, None)


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=r"secret: No such file or directory; [^\n]*$"):
        load_secret(tmp_path / "nowhere", None)
