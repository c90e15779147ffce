"""What the settings say about who may come in, handed to camserve.trust and kept up to date."""

import logging
from pathlib import Path
from typing import Self

import trio

from camserve.config import Config
from camserve.links import share_url
from camserve.registry import Camera, Catalogue
from camserve.trust import InvalidPasswordError, Trust
from camserve.trust.password import check_password
from camserve.trust.password_file import PasswordFileError, read_password, watch_password

_SAME = "are the same: every viewer would be an admin"

#: characters; at 100 guesses a minute the first million is tried in a week
_SHORT = 8

log = logging.getLogger(__name__)


class CredentialsError(Exception):
    """The settings name a password that is none; the message is one line that says why."""


class Credentials:
    """Gives `trust` the viewers' password, the admin token and what happens to cameras.

    The password's file is followed (see `watch`); other settings change when `apply` is called.
    """

    def __init__(self, trust: Trust) -> None:
        self.trust = trust
        self._path: Path | None = None
        self._password: str | None = None
        self._admin_token: str | None = None
        self._applied = trio.Event()

    @classmethod
    async def open(cls, config: Config, catalogue: Catalogue, secret: bytes) -> Self:
        """Raises: CredentialsError."""

        def generation(camera_id: int) -> int | None:
            camera = catalogue.get(camera_id)
            return None if camera is None else camera.token_generation

        def camera_changed(before: Camera | None, after: Camera | None) -> None:
            camera = before or after
            if camera is not None:
                trust.camera_changed(camera.id)

        trust = Trust(secret, generation=generation, take_code=catalogue.take_code)
        catalogue.on_change(camera_changed)
        credentials = cls(trust)
        await credentials.apply(config)
        return credentials

    async def apply(self, config: Config) -> None:
        """Take over what these settings say, and end what rests on something else.

        Raises: CredentialsError: nothing was changed.
        """
        path = config.viewer_password_file
        password = await trio.to_thread.run_sync(_password, config, abandon_on_cancel=True)
        if password is not None and password == config.admin_token:
            raise CredentialsError(f"the viewer password and the admin token {_SAME}")
        self.trust.configure(viewer_password=password, admin_token=config.admin_token)
        self._path, self._password, self._admin_token = path, password, config.admin_token
        for word, name in ((password, "viewer password"), (config.admin_token, "admin token")):
            if word is not None and len(word) < _SHORT:
                log.warning("the %s is shorter than %d characters: it can be guessed", name, _SHORT)
        self._applied.set()
        self._applied = trio.Event()

    def share(self, base: str, camera: Camera, seconds: float) -> str:
        """The link that shows this camera for so long; `base`: how links to this server begin."""
        return share_url(base, self.trust.make_link(camera.id, camera.token_generation, seconds))

    async def watch(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Follow the password's file, for ever: a change takes effect within a second."""
        task_status.started()
        while True:
            applied = self._applied
            async with trio.open_nursery() as nursery:
                if self._path is not None and self._password is not None:
                    nursery.start_soon(watch_password, self._path, self._password, self._change)
                await applied.wait()
                nursery.cancel_scope.cancel()

    def _change(self, password: str) -> None:
        """Raises: InvalidPasswordError: nothing was changed."""
        if password == self._admin_token:
            raise InvalidPasswordError(f"it and the admin token {_SAME}")
        self.trust.configure(viewer_password=password, admin_token=self._admin_token)
        self._password = password


def _password(config: Config) -> str | None:
    """Read the password and try it. Takes up to a second on a small computer."""
    file = config.viewer_password_file
    try:
        password = config.viewer_password if file is None else read_password(file)
    except PasswordFileError as error:
        raise CredentialsError(str(error)) from error
    try:
        if password is not None:
            check_password(password)
    except InvalidPasswordError as error:
        where = "CAMSERVE_VIEWER_PASSWORD" if file is None else f"the password file {file}"
        raise CredentialsError(f"{where}: {error}") from error
    return password
