"""`camserve camera ...`: who may push, changed in the database.

They work whether or not a server runs: a running one notices within a second.
"""

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from camserve.address import camclient_command, reachable_host, running_server, url_host
from camserve.cli.table import table
from camserve.config import Config, make_data_dir
from camserve.logs import one_line
from camserve.registry import Camera, Tokens, load_secret
from camserve.settings import Loaded
from camserve.wire import INGEST_PATH

if TYPE_CHECKING:
    from camserve.registry import Registry


def add(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Register a camera and print how it connects."""
    config = loaded.settings
    with open_registry(config) as registry:
        tokens = _tokens(config)  # first: without the secret the camera would be of no use
        camera = registry.add(
            cast(str, arguments["name"]),
            camera_id=cast(int | None, arguments["id"]),
            description=cast(str, arguments["description"]),
            movable=bool(arguments["movable"]),
            allow_open_upload=bool(arguments["allow_open_upload"]),
        )
    token = tokens.token(camera)
    command = camclient_command(_cameras_url(config), camera.id, token)
    if arguments["json"]:
        _print_json({"id": camera.id, "name": camera.name, "token": token, "command": command})
    else:
        _print(f"id       {camera.id}", f"token    {token}", f"command  {command}")


def list_all(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Print the cameras by id."""
    with open_registry(loaded.settings) as registry:
        cameras = registry.cameras()
    if arguments["json"]:
        keys = ("id", "name", "description", "movable", "allow_open_upload")
        _print_json([{key: getattr(camera, key) for key in keys} for camera in cameras])
    elif cameras:
        _print(*table([("ID", "NAME", "DESCRIPTION", "FLAGS"), *map(_row, cameras)]))
    else:
        _print("no cameras yet; add one with: camserve camera add NAME")


def remove(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Take a camera out and say which one it was."""
    camera_id = cast(int, arguments["id"])
    with open_registry(loaded.settings) as registry:
        camera = registry.get(camera_id)
        registry.remove(camera_id)
    _print(f"removed camera {camera.id} ({one_line(camera.name)})")


def token(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Print a camera's token."""
    camera_id = cast(int, arguments["id"])
    with open_registry(loaded.settings) as registry:
        tokens = _tokens(loaded.settings)
        camera = registry.rotate(camera_id) if arguments["rotate"] else registry.get(camera_id)
    _print(tokens.token(camera))


def open_registry(config: Config) -> "Registry":
    """The database that the settings name; both it and its folder are made if they are missing."""
    from camserve.registry import Registry  # which imports SQLAlchemy

    make_data_dir(config)
    return Registry.open(config.database_url)


def _tokens(config: Config) -> Tokens:
    return Tokens(load_secret(config.data_dir, config.secret), config.camera_token_secret)


def _cameras_url(config: Config) -> str:
    """Where a camera connects: the running server knows best, else what the settings say."""
    running = running_server(config.data_dir)
    if running is not None:
        # The path is what camclient adds by itself.
        return running.cameras.removesuffix(INGEST_PATH)
    host = url_host(reachable_host(config.effective_ingest_host))
    # With any free port no one can know it before the server runs.
    return f"ws://{host}:{config.ingest_port or 'PORT'}"


def _row(camera: Camera) -> tuple[str, ...]:
    flags = {"movable": camera.movable, "open upload": camera.allow_open_upload}
    shown = ", ".join(word for word, is_set in flags.items() if is_set)
    return str(camera.id), one_line(camera.name), one_line(camera.description), shown


def _print(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _print_json(content: object) -> None:
    _print(json.dumps(content))
