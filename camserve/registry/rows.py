"""Single questions and changes, inside a transaction that the caller has begun."""

import itertools
from dataclasses import asdict

from sqlalchemy import Connection, func, insert, select, union, update

from camserve.registry import schema
from camserve.registry.camera import FIRST_GENERATION, MAX_CAMERA_ID, Camera, is_camera_id
from camserve.registry.errors import NameTakenError, UnknownCameraError

_SELECT = select(
    schema.camera_id,
    schema.name,
    schema.description,
    schema.movable,
    schema.allow_open_upload,
    schema.token_generation,
    schema.imported_token_sha256,
)


def all_cameras(connection: Connection) -> list[Camera]:
    """By id."""
    rows = connection.execute(_SELECT.order_by(schema.camera_id)).all()
    return [Camera(*row) for row in rows]


def add(connection: Connection, camera: Camera) -> None:
    """The database refuses an id and a name that are there already."""
    connection.execute(insert(schema.cameras).values(**asdict(camera)))


def find(connection: Connection, camera_id: int) -> Camera | None:
    """None: no camera has this id."""
    row = connection.execute(_SELECT.where(schema.camera_id == camera_id)).one_or_none()
    return None if row is None else Camera(*row)


def get(connection: Connection, camera_id: int) -> Camera:
    """Raises: UnknownCameraError."""
    # Databases refuse numbers beyond their integers with errors of their own.
    camera = find(connection, camera_id) if is_camera_id(camera_id) else None
    if camera is None:
        raise UnknownCameraError(camera_id)
    return camera


def change(connection: Connection, camera: Camera) -> None:
    """Make the camera of this id one like this."""
    row = schema.camera_id == camera.id
    connection.execute(update(schema.cameras).where(row).values(**asdict(camera)))


def check_name_free(connection: Connection, name: str, own_id: int | None) -> None:
    """own_id: of the camera that may have it. Raises: NameTakenError."""
    owner = connection.execute(
        select(schema.camera_id).where(schema.name == name)
    ).scalar_one_or_none()
    if owner is not None and owner != own_id:
        raise NameTakenError(name, owner)


def removed_ids(connection: Connection) -> frozenset[int]:
    """Those of cameras that were here once; some may be here again."""
    return frozenset(connection.execute(select(schema.removed_id)).scalars())


def unused_id(connection: Connection) -> int:
    """The next id that no camera ever had."""
    used = union(select(schema.camera_id), select(schema.removed_id)).subquery()
    highest = connection.execute(select(func.max(used.c.id))).scalar_one() or 0
    if highest < MAX_CAMERA_ID:
        return highest + 1
    # Somebody chose the highest id of all: take the lowest that was never used.
    taken = set(connection.execute(select(used.c.id)).scalars())
    return next(number for number in itertools.count(1) if number not in taken)


def next_generation(connection: Connection, camera_id: int) -> int:
    """Of a camera that gets this id: higher than any that a removed one had."""
    last = connection.execute(
        select(schema.last_generation).where(schema.removed_id == camera_id)
    ).scalar_one_or_none()
    return FIRST_GENERATION if last is None else last + 1
