"""Which settings change while the server runs, and that nothing is cut off by it."""

import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from camserve.config import Config, load_config
from camserve.reload import AT_ONCE, Reload, ReloadError
from camserve.settings import Loaded, declared
from tests.processes import ROOT

PAGE = ROOT / "docs/reference/running.md"


class File:
    """A settings file, and what reading it gives."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "config.toml"
        self.folder = folder
        self.path.write_text("")

    def read(self) -> Loaded[Config]:
        return load_config({"config": str(self.path), "data_dir": str(self.folder)}, {})


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path)


@pytest.fixture
def log_setups(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the log was set to; it stays that of the tests."""
    calls: list[tuple[str, str]] = []
    monkeypatch.setattr("camserve.logs.setup", lambda *given: calls.append(given))
    return calls


@pytest.fixture
def reload(
    file: File, caplog: pytest.LogCaptureFixture, log_setups: list[tuple[str, str]]
) -> Reload:
    caplog.set_level(logging.INFO, "camserve")
    return Reload(file.read, file.read().settings)


class Server:
    """Takes over what it is given."""

    def __init__(self, refusal: str | None = None) -> None:
        self.configs: list[Config] = []
        self._refusal = refusal

    async def apply(self, config: Config) -> None:
        await trio.lowlevel.checkpoint()
        if self._refusal:
            raise ReloadError(self._refusal)
        self.configs.append(config)


async def test_what_may_change_is_put_in_force(
    file: File, reload: Reload, caplog: pytest.LogCaptureFixture
) -> None:
    before = reload.config
    file.path.write_text('max_frame_rate = 20\nviewer_password = "sesame, open"\n')
    server = Server()
    await reload.run(server.apply)
    expected = replace(before, max_frame_rate=20.0, viewer_password="sesame, open")
    assert server.configs == [reload.config] == [expected]
    assert "read again: now in force: max_frame_rate, viewer_password" in caplog.text
    assert "sesame" not in caplog.text


async def test_what_needs_a_restart_is_named_and_left(
    file: File, reload: Reload, caplog: pytest.LogCaptureFixture
) -> None:
    file.path.write_text('port = 1234\nhost = "::"\nmax_frame_rate = 20\n')
    server = Server()
    await reload.run(server.apply)
    (config,) = server.configs
    assert (config.port, config.host, config.max_frame_rate) == (8000, "127.0.0.1", 20)
    assert "until the server starts anew, these stay as they were: host, port\n" in caplog.text
    await reload.run(server.apply)  # and again, as long as it is so
    assert caplog.text.count("these stay as they were: host, port\n") == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("port = = 1", "config.toml: not valid TOML"),
        ("max_frame_rate = 0", "max_frame_rate in .*: expected frames per second"),
        ("max_frame_rat = 20", "unknown key 'max_frame_rat'; did you mean max_frame_rate"),
    ],
)
async def test_a_bad_file_changes_nothing_and_says_why(
    file: File, reload: Reload, caplog: pytest.LogCaptureFixture, text: str, reason: str
) -> None:
    before = reload.config
    file.path.write_text(f'{text}\nlog_level = "error"\n')
    server = Server()
    await reload.run(server.apply)
    assert server.configs == []
    assert reload.config is before
    assert re.search(f"the settings stay as they were: .*{reason}", caplog.text)


async def test_a_file_that_is_gone_changes_nothing(
    file: File, reload: Reload, caplog: pytest.LogCaptureFixture
) -> None:
    file.path.unlink()
    server = Server()
    await reload.run(server.apply)
    assert server.configs == []
    assert "config.toml does not exist" in caplog.text


async def test_what_the_server_refuses_is_not_in_force(
    file: File, reload: Reload, caplog: pytest.LogCaptureFixture
) -> None:
    before = reload.config
    file.path.write_text("max_frame_rate = 20\n")
    await reload.run(Server("the password is empty").apply)
    assert reload.config is before
    assert "the settings stay as they were: the password is empty" in caplog.text
    server = Server()
    await reload.run(server.apply)  # mended, so all of it counts as changed
    assert "now in force: max_frame_rate" in caplog.text


def rows(pattern: str) -> dict[str, str]:
    return dict(re.findall(rf"^\| `(\w+)` \| {pattern}", PAGE.read_text(), re.M))


def test_the_page_says_of_each_setting_what_a_reload_does() -> None:
    names = {one.name for one in declared(Config)}
    assert names >= AT_ONCE
    table = rows(r"(at once|restart)")
    assert table == {name: "at once" if name in AT_ONCE else "restart" for name in names}


async def test_the_log_itself_changes(
    file: File, reload: Reload, log_setups: list[tuple[str, str]]
) -> None:
    file.path.write_text('log_level = "debug"\nlog_format = "json"\n')
    await reload.run(Server().apply)
    assert log_setups == [("debug", "json")]
