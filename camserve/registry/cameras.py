"""The cameras in the database. Every method blocks: call it off the event loop."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, delete, insert, select, update

from camserve.registry import codes, rows, schema
from camserve.registry.camera import Camera, checked_description, checked_id, checked_name
from camserve.registry.database import Database
from camserve.registry.errors import IdTakenError
from camserve.registry.importing import Import, Plan
from camserve.registry.old_server import OldCamera


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
            return rows.all_cameras(connection)

    def get(self, camera_id: int) -> Camera:
        """Raises: UnknownCameraError."""
        with self._database.read() as connection:
            return rows.get(connection, camera_id)

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
            rows.check_name_free(connection, name, None)
            if camera_id is None:
                camera_id = rows.unused_id(connection)
            elif rows.find(connection, camera_id) is not None:
                raise IdTakenError(camera_id)
            camera = Camera(
                id=camera_id,
                name=name,
                description=description,
                movable=movable,
                allow_open_upload=allow_open_upload,
                token_generation=rows.next_generation(connection, camera_id),
                imported_token_sha256=None,
            )
            rows.add(connection, camera)
        return camera

    def remove(self, camera_id: int) -> None:
        """Remove a camera; its id is never given again by itself. Raises: UnknownCameraError."""
        with self._changing() as connection:
            camera = rows.get(connection, camera_id)
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
            camera = rows.get(connection, camera_id)
            if name is not None:
                rows.check_name_free(connection, name, camera_id)
            changed = replace(
                camera,
                name=camera.name if name is None else name,
                description=camera.description if description is None else description,
                movable=camera.movable if movable is None else movable,
            )
            rows.change(connection, changed)
        return changed

    def rotate(self, camera_id: int) -> Camera:
        """Make every token that this camera ever had worthless. Raises: UnknownCameraError."""
        with self._changing() as connection:
            camera = rows.get(connection, camera_id)
            rotated = replace(
                camera, token_generation=camera.token_generation + 1, imported_token_sha256=None
            )
            rows.change(connection, rotated)
        return rotated

    def import_cameras(
        self, old: Iterable[OldCamera], *, movable: bool = False, dry_run: bool = False
    ) -> list[Import]:
        """Take cameras of an old server over, all that can be; what is here loses nothing.

        Done twice, it changes nothing the second time.

        movable: whether those that come can be turned; dry_run: only say what would become of them
        """
        with self._database.read() if dry_run else self._changing() as connection:
            cameras, removed = rows.all_cameras(connection), rows.removed_ids(connection)
            decisions = Plan(cameras, removed, movable=movable).decide(old)
            if not dry_run:
                for camera in (one.camera for one in decisions if one.camera is not None):
                    put = rows.add if rows.find(connection, camera.id) is None else rows.change
                    put(connection, camera)
        return decisions

    def add_code(self, code: str, expires_at: float) -> None:
        """Let this one-time code be taken, by whichever process, until then (Unix seconds)."""
        with self._database.write() as connection:
            codes.add(connection, code, expires_at)

    def take_code(self, code: str, now: float) -> bool:
        """Whether this code was there and not over at `now` (Unix seconds); it is not any more."""
        with self._database.write() as connection:
            return codes.take(connection, code, now)

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        # The update comes first because it is the lock as well: until the end of the transaction
        # every other writer waits here. So what is looked up inside stays true.
        with self._database.write() as connection:
            raised = schema.revision + 1
            connection.execute(update(schema.revisions).values({schema.revision: raised}))
            yield connection
