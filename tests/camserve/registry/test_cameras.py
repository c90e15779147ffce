import itertools
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, update
from sqlalchemy.pool import NullPool

from camserve.registry import (
    Camera,
    IdTakenError,
    InvalidCameraError,
    NameTakenError,
    Registry,
    UnknownCameraError,
    schema,
)
from camserve.registry.camera import MAX_CAMERA_ID


def test_a_new_registry_is_empty(registry: Registry) -> None:
    assert registry.cameras() == []


def test_a_camera_has_what_it_was_added_with(registry: Registry) -> None:
    plain = registry.add(" door ")
    full = registry.add(
        "Küche 👩‍🍳", camera_id=9, description="a\nb", movable=True, allow_open_upload=True
    )
    assert plain == Camera(1, "door", "", False, False, 1, None)
    assert full == Camera(9, "Küche 👩‍🍳", "a\nb", True, True, 1, None)
    assert registry.cameras() == [plain, full]
    assert [registry.get(1), registry.get(9)] == [plain, full]


def test_cameras_come_by_id(registry: Registry) -> None:
    for camera_id in (5, 1, 3):
        registry.add(f"camera {camera_id}", camera_id=camera_id)
    assert [camera.id for camera in registry.cameras()] == [1, 3, 5]


def test_ids_rise_above_chosen_ones(registry: Registry) -> None:
    registry.add("chosen", camera_id=40)
    assert registry.add("next").id == 41


def test_a_removed_id_is_never_given_again_by_itself(registry: Registry) -> None:
    for name in ("a", "b"):
        registry.add(name)
    for camera_id in (2, 1):
        registry.remove(camera_id)
    assert registry.add("c").id == 3


def test_after_the_highest_id_come_those_never_used(registry: Registry) -> None:
    registry.add("first")
    registry.remove(1)
    registry.add("highest", camera_id=MAX_CAMERA_ID)
    registry.add("second", camera_id=2)
    assert registry.add("next").id == 3


def test_a_removed_id_that_is_chosen_again_starts_above_its_tokens(registry: Registry) -> None:
    registry.add("a", camera_id=7)
    registry.rotate(7)
    registry.remove(7)
    assert registry.add("b", camera_id=7).token_generation == 3
    registry.remove(7)
    assert registry.add("c", camera_id=7).token_generation == 4
    assert registry.add("d").token_generation == 1


def test_a_taken_name_is_refused(registry: Registry) -> None:
    registry.add("door")
    for attempt in ("door", "\tdoor "):
        with pytest.raises(NameTakenError, match=r'^the name "door" is taken by camera 1$'):
            registry.add(attempt)
    assert registry.add("Door").id == 2


def test_a_removed_name_is_free_again(registry: Registry) -> None:
    registry.add("door")
    registry.remove(1)
    assert registry.add("door").id == 2


def test_a_taken_id_is_refused(registry: Registry) -> None:
    registry.add("a", camera_id=3)
    with pytest.raises(IdTakenError, match=r"^the id 3 is taken"):
        registry.add("b", camera_id=3)
    assert len(registry.cameras()) == 1


def test_bad_fields_are_refused(registry: Registry) -> None:
    with pytest.raises(InvalidCameraError, match=r"^name: "):
        registry.add("")
    with pytest.raises(InvalidCameraError, match=r"^id: "):
        registry.add("a", camera_id=0)
    with pytest.raises(InvalidCameraError, match=r"^description: "):
        registry.add("a", description="x" * 1001)
    registry.add("a")
    with pytest.raises(InvalidCameraError, match=r"^name: "):
        registry.change(1, name=" ")
    with pytest.raises(InvalidCameraError, match=r"^description: "):
        registry.change(1, description="\0")
    assert registry.cameras() == [Camera(1, "a", "", False, False, 1, None)]


def test_an_unknown_camera_is_an_error_of_its_own(registry: Registry) -> None:
    attempts: list[Callable[[int], object]] = [
        registry.get,
        registry.remove,
        registry.change,
        registry.rotate,
    ]
    ids = (1, 0, -1, 2**31, 2**63, -(2**70))
    for attempt, camera_id in itertools.product(attempts, ids):
        with pytest.raises(UnknownCameraError, match=f"^no camera with id {camera_id}$"):
            attempt(camera_id)


def test_a_change_changes_what_is_given(registry: Registry) -> None:
    registry.add("a", description="old", movable=True, allow_open_upload=True)
    registry.add("b")
    for changed, expected in [
        (registry.change(1), Camera(1, "a", "old", True, True, 1, None)),
        (registry.change(1, name=" c "), Camera(1, "c", "old", True, True, 1, None)),
        (registry.change(1, description=""), Camera(1, "c", "", True, True, 1, None)),
        (registry.change(1, movable=False), Camera(1, "c", "", False, True, 1, None)),
        (registry.change(1, name="c"), Camera(1, "c", "", False, True, 1, None)),
    ]:
        assert changed == expected
    assert registry.get(1) == expected
    assert registry.get(2).name == "b"
    with pytest.raises(NameTakenError, match="taken by camera 2"):
        registry.change(1, name="b")


def test_a_rotation_raises_the_generation_of_one_camera(registry: Registry) -> None:
    registry.add("a")
    registry.add("b")
    assert registry.rotate(1).token_generation == 2
    assert registry.rotate(1).token_generation == 3
    assert [camera.token_generation for camera in registry.cameras()] == [3, 1]


def test_an_imported_token_stays_until_the_rotation(url: str) -> None:
    with Registry.open(url) as registry:
        registry.add("a")
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        digest = "ab" * 32
        statement = update(schema.cameras).values(imported_token_sha256=digest)
        connection.execute(statement)
    with Registry.open(url) as registry:
        assert registry.get(1).imported_token_sha256 == digest
        assert registry.change(1, name="b").imported_token_sha256 == digest
        assert registry.rotate(1).imported_token_sha256 is None
        assert registry.get(1).imported_token_sha256 is None


def test_the_revision_rises_with_every_change(registry: Registry) -> None:
    seen = [registry.revision()]
    registry.add("a")
    seen.append(registry.revision())
    registry.change(1, name="b")
    seen.append(registry.revision())
    registry.rotate(1)
    seen.append(registry.revision())
    registry.remove(1)
    seen.append(registry.revision())
    assert seen == sorted(set(seen))


def test_neither_reading_nor_a_refusal_changes_the_revision(registry: Registry) -> None:
    registry.add("a")
    before = registry.revision()
    registry.cameras()
    registry.get(1)
    with pytest.raises(NameTakenError):
        registry.add("a")
    with pytest.raises(UnknownCameraError):
        registry.remove(2)
    assert registry.revision() == before


def test_another_registry_of_the_same_database_sees_every_change(url: str) -> None:
    with Registry.open(url) as ours, Registry.open(url) as theirs:
        before = theirs.revision()
        camera = ours.add("a")
        assert theirs.cameras() == [camera]
        assert theirs.revision() > before
        theirs.remove(camera.id)
        assert ours.cameras() == []


def test_everything_is_there_after_the_database_was_closed(url: str) -> None:
    with Registry.open(url) as registry:
        camera = registry.add("a", description="b", movable=True)
        revision = registry.revision()
    with Registry.open(url) as registry:
        assert registry.cameras() == [camera]
        assert registry.revision() == revision
