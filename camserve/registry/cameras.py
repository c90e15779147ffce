"""The cameras in the database. Every method blocks: call it off the event loop."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, delete, func, insert, select, union, update

from camserve.registry import schema
from camserve.registry.camera import (
    FIRST_GENERATION,
    MAX_CAMERA_ID,
    Camera,
    checked_description,
    checked_id,
    checked_name,
    is_camera_id,
)
from camserve.registry.database import Database
from camserve.registry.errors import (
    IdTakenError,
    NameTakenError,
    UnknownCameraError,
)

_SELECT = select(
    schema.camera_id,
    schema.name,
    schema.description,
    schema.movable,
    schema.allow_open_upload,
    schema.token_generation,
    schema.imported_token_sha256,
)


class Registry:
    """The registered cameras, as the database has them now.

    What a method has returned is on the disk. All methods may raise DatabaseError; each names what
    else it raises. Processes and threads may share one database; writers take turns.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the database at `sqlite:///FILE` or `postgresql+psycopg://USER@HOST/NAME`.

        It is created and brought to the present layout as needed; the folder of a file must exist.

        Raises: DatabaseError: it cannot be used, and was not changed.
        """
        return cls(Database.open(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def cameras(self) -> list[Camera]:
        """All cameras, by id."""
        with self._database.read() as connection:
            rows = connection.execute(_SELECT.order_by(schema.camera_id)).all()
        return [Camera(*row) for row in rows]

    def get(self, camera_id: int) -> Camera:
        """Raises: UnknownCameraError."""
        with self._database.read() as connection:
            return _get(connection, camera_id)

    def revision(self) -> int:
        """A number that rises with every change, whichever process makes it."""
        with self._database.read() as connection:
            return connection.execute(select(schema.revision)).scalar_one()

    def add(
        self,
        name: str,
        *,
        camera_id: int | None = None,
        description: str = "",
        movable: bool = False,
        allow_open_upload: bool = False,
    ) -> Camera:
        """Register a camera, under the next id that was never used or under a chosen one.

        A chosen id may be that of a removed camera; the removed camera's tokens stay worthless.

        Raises: InvalidCameraError, NameTakenError, IdTakenError.
        """
        name = checked_name(name)
        description = checked_description(description)
        if camera_id is not None:
            checked_id(camera_id)
        with self._changing() as connection:
            _check_name_free(connection, name, None)
            if camera_id is None:
                camera_id = _unused_id(connection)
            elif _find(connection, camera_id) is not None:
                raise IdTakenError(camera_id)
            camera = Camera(
                id=camera_id,
                name=name,
                description=description,
                movable=movable,
                allow_open_upload=allow_open_upload,
                token_generation=_next_generation(connection, camera_id),
                imported_token_sha256=None,
            )
            connection.execute(insert(schema.cameras).values(**asdict(camera)))
        return camera

    def remove(self, camera_id: int) -> None:
        """Remove a camera; its id is never given again by itself. Raises: UnknownCameraError."""
        with self._changing() as connection:
            camera = _get(connection, camera_id)
            connection.execute(delete(schema.removed_cameras).where(schema.removed_id == camera_id))
            connection.execute(
                insert(schema.removed_cameras).values(
                    {schema.removed_id: camera_id, schema.last_generation: camera.token_generation}
                )
            )
            connection.execute(delete(schema.cameras).where(schema.camera_id == camera_id))

    def change(
        self,
        camera_id: int,
        *,
        name: str | None = None,
        description: str | None = None,
        movable: bool | None = None,
    ) -> Camera:
        """Change what is given, leave what is None.

        Raises: InvalidCameraError, NameTakenError, UnknownCameraError.
        """
        if name is not None:
            name = checked_name(name)
        if description is not None:
            checked_description(description)
        with self._changing() as connection:
            camera = _get(connection, camera_id)
            if name is not None:
                _check_name_free(connection, name, camera_id)
            changed = replace(
                camera,
                name=camera.name if name is None else name,
                description=camera.description if description is None else description,
                movable=camera.movable if movable is None else movable,
            )
            _update(connection, changed)
        return changed

    def rotate(self, camera_id: int) -> Camera:
        """Make every token that this camera ever had worthless. Raises: UnknownCameraError."""
        with self._changing() as connection:
            camera = _get(connection, camera_id)
            rotated = replace(
                camera, token_generation=camera.token_generation + 1, imported_token_sha256=None
            )
            _update(connection, rotated)
        return rotated

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        # The update comes first because it is the lock as well: until the end of the transaction
        # every other writer waits here. So what is looked up inside stays true.
        with self._database.write() as connection:
            raised = schema.revision + 1
            connection.execute(update(schema.revisions).values({schema.revision: raised}))
            yield connection


def _find(connection: Connection, camera_id: int) -> Camera | None:
    row = connection.execute(_SELECT.where(schema.camera_id == camera_id)).one_or_none()
    return None if row is None else Camera(*row)


def _get(connection: Connection, camera_id: int) -> Camera:
    # Databases refuse numbers beyond their integers with errors of their own.
    camera = _find(connection, camera_id) if is_camera_id(camera_id) else None
    if camera is None:
        raise UnknownCameraError(camera_id)
    return camera


def _update(connection: Connection, camera: Camera) -> None:
    row = schema.camera_id == camera.id
    connection.execute(update(schema.cameras).where(row).values(**asdict(camera)))


def _check_name_free(connection: Connection, name: str, own_id: int | None) -> None:
    owner = connection.execute(
        select(schema.camera_id).where(schema.name == name)
    ).scalar_one_or_none()
    if owner is not None and owner != own_id:
        raise NameTakenError(name, owner)


def _unused_id(connection: Connection) -> int:
    used = union(select(schema.camera_id), select(schema.removed_id)).subquery()
    highest = connection.execute(select(func.max(used.c.id))).scalar_one() or 0
    if highest < MAX_CAMERA_ID:
        return highest + 1
    # Somebody chose the highest id of all: take the lowest that was never used.
    taken = set(connection.execute(select(used.c.id)).scalars())
    return next(number for number in itertools.count(1) if number not in taken)


def _next_generation(connection: Connection, camera_id: int) -> int:
    last = connection.execute(
        select(schema.last_generation).where(schema.removed_id == camera_id)
    ).scalar_one_or_none()
    return FIRST_GENERATION if last is None else last + 1
