import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from camserve.config import Config, DataDirError, load_config, make_data_dir
from camserve.settings import Declared, SettingsError, declared

SETTINGS = declared(Config)
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data_dir=tmp_path / "data")


def test_defaults(config: Config, tmp_path: Path) -> None:
    assert (config.host, config.port) == ("127.0.0.1", 8000)
    assert (config.effective_ingest_host, config.ingest_port) == ("127.0.0.1", 8001)
    assert config.max_frame_bytes == 8 * 1024 * 1024
    assert config.handshake_timeout == 5.0
    assert config.publisher_timeout == 20.0
    assert config.stale_after == 10.0
    assert config.stalled_viewer_timeout == 30.0
    assert (config.log_level, config.log_format) == ("info", "text")
    assert config.database_url == f"sqlite:///{tmp_path}/data/camserve.sqlite3"


def test_the_default_data_directory_is_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/home/someone/data")
    assert load_config({}, {}).settings.data_dir == Path("/home/someone/data/camserve")


def test_cameras_connect_where_viewers_do_unless_told_otherwise(config: Config) -> None:
    config = dataclasses.replace(config, host="0.0.0.0")
    assert config.effective_ingest_host == "0.0.0.0"
    config = dataclasses.replace(config, ingest_host="10.0.0.1")
    assert config.effective_ingest_host == "10.0.0.1"


def test_the_database_moves_with_the_data_directory_unless_named(config: Config) -> None:
    moved = dataclasses.replace(config, data_dir=Path("/elsewhere"))
    assert moved.database_url == "sqlite:////elsewhere/camserve.sqlite3"
    named = dataclasses.replace(config, database="postgresql://host/name")
    assert named.database_url == "postgresql://host/name"


def test_the_file_named_by_option_or_variable_is_read(tmp_path: Path) -> None:
    file = tmp_path / "camserve.toml"
    file.write_text('port = 9000\nstale_after = 3\nsecret = "s"\n')
    for arguments, environ in (
        ({"config": str(file)}, {}),
        ({}, {"CAMSERVE_CONFIG": str(file)}),
    ):
        loaded = load_config(arguments, environ)
        assert loaded.settings.port == 9000
        assert loaded.settings.stale_after == 3.0
        assert loaded.settings.secret == "s"
        assert loaded.settings.config == file
        assert loaded.given["port"] == f"key port in {file}"
    assert load_config({"config": str(file)}, {"CAMSERVE_PORT": "1"}).settings.port == 1
    assert load_config({"config": str(file), "port": "2"}, {}).settings.port == 2


def test_an_unknown_key_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "camserve.toml"
    file.write_text("prot = 9000\n")
    with pytest.raises(SettingsError, match=f"^{file}: unknown key 'prot'; did you mean port"):
        load_config({"config": str(file)}, {})


def test_a_missing_file_is_named_with_the_option(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^option --config: .*/none does not exist$"):
        load_config({"config": str(tmp_path / "none")}, {})


@pytest.mark.parametrize(
    "arguments",
    [{"port": "8001"}, {"port": "8001", "ingest_port": "8001", "ingest_host": "127.0.0.1"}],
)
def test_one_port_for_both(arguments: dict[str, str]) -> None:
    complaint = r"^port and ingest_port are both 8001: expected two different ones; cameras may "
    with pytest.raises(SettingsError, match=complaint):
        load_config(arguments, {})


def test_one_number_for_both_where_it_does_no_harm() -> None:
    load_config({"port": "0", "ingest_port": "0"}, {})
    load_config({"port": "9", "ingest_port": "9", "ingest_host": "192.168.1.5"}, {})


def test_the_old_secret_has_its_old_variable() -> None:
    assert load_config({}, {"CAMERA_TOKEN_SECRET": "a"}).settings.camera_token_secret == "a"
    assert load_config({}, {"CAMSERVE_CAMERA_TOKEN_SECRET": "b"}).warnings == ()


@pytest.mark.parametrize("name", ["secret", "admin_token", "camera_token_secret"])
def test_secrets_are_no_options_and_stay_out_of_the_repr(name: str) -> None:
    (one,) = (one for one in SETTINGS if one.name == name)
    assert one.secret
    assert not one.option
    config = load_config({}, {f"CAMSERVE_{name.upper()}": "hush"}).settings
    assert getattr(config, name) == "hush"
    assert "hush" not in repr(config)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("ingest_port", "http"),
        ("host", "http://a.example"),
        ("host", "[::1]"),
        ("host", "a b"),
        ("max_frame_bytes", str(64 * 1024 - 1)),
        ("max_frame_bytes", str(256 * 1024 * 1024 + 1)),
        ("handshake_timeout", "0"),
        ("publisher_timeout", "-1"),
        ("stale_after", "inf"),
        ("stalled_viewer_timeout", "soon"),
        ("log_level", "loud"),
        ("log_format", "xml"),
        ("public_url", "camera.example"),
        ("database", "cameras.sqlite3"),
        ("data_dir", "what?"),
    ],
)
def test_bad_values(name: str, given: str) -> None:
    with pytest.raises(SettingsError, match=f"^variable CAMSERVE_{name.upper()}: expected "):
        load_config({}, {f"CAMSERVE_{name.upper()}": given})


def test_the_password_of_a_database_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        load_config({"database": "postgresql:me:hush@host"}, {})
    assert "hush" not in str(caught.value)


def test_the_data_directory_is_made_for_its_owner_only(config: Config) -> None:
    make_data_dir(config)
    assert config.data_dir.stat().st_mode & 0o777 == 0o700
    assert list(config.data_dir.iterdir()) == []
    make_data_dir(config)


def test_a_data_directory_that_is_a_file(config: Config) -> None:
    config.data_dir.write_text("")
    with pytest.raises(DataDirError, match=f"^the data directory {config.data_dir} cannot be used"):
        make_data_dir(config)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, who may write everywhere."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_data_directory_without_permission(config: Config) -> None:
    config.data_dir.mkdir(mode=0o500)
    with as_nobody(), pytest.raises(DataDirError, match="Permission denied"):
        make_data_dir(config)


def row(one: Declared) -> str:
    option = f"`{one.option_name}`" if one.option else "none"
    if one.kind.flag:
        option += f", `--no-{one.option_name.removeprefix('--')}`"
    key = f"`{one.name}`" if one.in_file else "none"
    variables = ", ".join(f"`{name}`" for name in ("CAMSERVE_" + one.name.upper(), *one.variables))
    default = one.default_text or "none"
    return f"| {option} | {variables} | {key} | {one.help} | {one.kind.expected} | {default} |"


def test_the_reference_page_lists_exactly_these_settings() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert table[2:] == [row(one) for one in SETTINGS]
