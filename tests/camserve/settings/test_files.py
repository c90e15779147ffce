from collections.abc import Callable
from pathlib import Path

import pytest

from camserve.settings import SettingsError, read_json, read_toml

Read = Callable[[Path], dict[str, object]]


def written(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / "settings"
    file.write_bytes(content)
    return file


def complaint(read: Read, file: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        read(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_reads_toml(tmp_path: Path) -> None:
    assert read_toml(written(tmp_path, b'port = 1\nhost = "a"\n')) == {"port": 1, "host": "a"}


def test_reads_json(tmp_path: Path) -> None:
    assert read_json(written(tmp_path, b'{"cameraId": 1}')) == {"cameraId": 1}


@pytest.mark.parametrize(("read", "content"), [(read_toml, b"a = 1"), (read_json, b'{"a": 1}')])
def test_a_byte_order_mark_is_skipped(tmp_path: Path, read: Read, content: bytes) -> None:
    assert read(written(tmp_path, b"\xef\xbb\xbf" + content)) == {"a": 1}


@pytest.mark.parametrize(
    ("read", "content", "line"),
    [
        (read_toml, b"a = 1\nb = = 2\n", "line 2"),
        (read_toml, b"a = 1\nb = [1,\n", "line 2"),
        (read_toml, b'a = "', "line 1"),
        (read_toml, b"a = 1\n# \xff\n", "line 2"),
        (read_json, b'{"a": 1,\n "b": }', "line 2"),
        (read_json, b"", "line 1"),
        (read_json, b'{"a":\n\n"\xff"}', "line 3"),
        (read_json, b"[1, 2]", "line 1"),
    ],
)
def test_what_is_malformed_is_named_with_its_line(
    tmp_path: Path, read: Read, content: bytes, line: str
) -> None:
    assert line in complaint(read, written(tmp_path, content))


@pytest.mark.parametrize("read", [read_toml, read_json])
def test_a_file_that_cannot_be_read(tmp_path: Path, read: Read) -> None:
    assert "No such file" in complaint(read, tmp_path / "none")
    assert "directory" in complaint(read, tmp_path)


@pytest.mark.parametrize(("read", "start"), [(read_toml, b"a = "), (read_json, b"")])
def test_absurd_nesting_is_an_error_in_the_file(tmp_path: Path, read: Read, start: bytes) -> None:
    complaint(read, written(tmp_path, start + b"[" * 200_000))
