"""The settings are read again while the server runs: SIGHUP, or `systemctl reload`.

What can change without cutting anyone off is put in force at once; see `AT_ONCE`. Everything else
stays as it is until the server starts anew, and the log names it.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

import trio

from camserve import logs
from camserve.config import Config
from camserve.settings import Loaded, SettingsError, declared

log = logging.getLogger(__name__)

#: The settings that a running server takes over. docs/reference/running.md has them in a table.
AT_ONCE = frozenset(
    {
        "log_level",
        "log_format",
        "max_frame_bytes",
        "max_header_bytes",
        "max_body_bytes",
        "handshake_timeout",
        "publisher_timeout",
        "max_connections",
        "max_unauthenticated_connections",
        "max_unauthenticated_per_address",
        "max_viewers_per_camera",
        "max_frame_rate",
        "root_path",
        "trusted_proxies",
        "public_url",
        "viewer_password_file",
        "viewer_password",
        "admin_token",
    }
)

Apply = Callable[[Config], Awaitable[None]]


class ReloadError(Exception):
    """These settings cannot be put in force, and nothing was changed; one line says why."""


class Reload:
    """Reads the settings again, from the same command line, environment and file.

    read: does it; it may raise SettingsError
    config: what is in force
    """

    def __init__(self, read: Callable[[], Loaded[Config]], config: Config) -> None:
        self._read = read
        self.config = config

    async def run(self, apply: Apply) -> None:
        """Read them and have `apply` put in force what can be; the log says what came of it.

        apply: takes over the settings of `AT_ONCE`, all or none; it may raise ReloadError
        """
        try:
            loaded = await trio.to_thread.run_sync(self._read, abandon_on_cancel=True)
            at_once = _changed(self.config, loaded.settings, at_once=True)
            later = _changed(self.config, loaded.settings, at_once=False)
            config = replace(
                self.config, **{name: getattr(loaded.settings, name) for name in at_once}
            )
            # Even when nothing has changed: what files hold is read again as well.
            await apply(config)
        except (SettingsError, ReloadError) as error:
            log.error("the settings stay as they were: %s", error)
            return
        logs.setup(config.log_level, config.log_format)
        self.config = config
        for warning in loaded.warnings:
            log.warning("%s", warning)
        log.info("settings read again: %s", _in_force(at_once))
        if later:
            log.warning("until the server starts anew, these stay as they were: %s", _names(later))


def _changed(before: Config, after: Config, *, at_once: bool) -> list[str]:
    return [
        one.name
        for one in declared(Config)
        if (one.name in AT_ONCE) is at_once
        and getattr(before, one.name) != getattr(after, one.name)
    ]


def _in_force(names: list[str]) -> str:
    return f"now in force: {_names(names)}" if names else "nothing to change"


def _names(names: list[str]) -> str:
    return ", ".join(names)  # and no values: some are secrets
