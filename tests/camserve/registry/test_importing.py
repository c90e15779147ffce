"""What becomes of an old server's cameras."""

import hashlib
from dataclasses import replace

import pytest

from camserve.registry import Camera, Import, OldCamera, Outcome, Registry, Tokens
from camserve.wire import MAX_TOKEN_BYTES

FRONT = OldCamera(1, "front", "at the door", "a" * 64)
BACK = OldCamera(7, "back", "", "b" * 64)


def digest(old: OldCamera) -> str:
    return hashlib.sha256(old.token.encode()).hexdigest()


def told(imports: list[Import]) -> list[tuple[str, ...]]:
    return [(one.outcome.value, *one.notes) for one in imports]


def taken(registry: Registry, old: OldCamera) -> tuple[Camera, tuple[str, ...]]:
    """Import one camera, which has to work; what it is now and what was said of it."""
    (one,) = registry.import_cameras([old])
    assert one.outcome is Outcome.IMPORTED
    camera = registry.get(old.id)
    assert one.camera == camera
    return camera, one.notes


def accepted(camera: Camera, token: str) -> bool:
    return Tokens(b"secret").verify(camera, token)


def test_cameras_come_as_they_are(registry: Registry) -> None:
    imports = registry.import_cameras([FRONT, BACK])
    assert told(imports) == [("imported",), ("imported",)]
    assert registry.cameras() == [
        Camera(1, "front", "at the door", False, False, 1, digest(FRONT)),
        Camera(7, "back", "", False, False, 1, digest(BACK)),
    ]
    for old in (FRONT, BACK):
        assert accepted(registry.get(old.id), old.token)
    assert not accepted(registry.get(1), BACK.token)


def test_they_can_be_movable(registry: Registry) -> None:
    registry.import_cameras([FRONT], movable=True)
    assert registry.get(1).movable


def test_twice_changes_nothing(registry: Registry) -> None:
    odd = OldCamera(3, " front ", "\x00", "")
    registry.import_cameras([FRONT, BACK, odd])
    registry.change(7, name="garage", description="ours", movable=True)
    before = registry.cameras()
    assert told(registry.import_cameras([FRONT, BACK, odd])) == [("present",)] * 3
    assert registry.cameras() == before


def test_a_dry_run_says_the_same_and_does_nothing(registry: Registry) -> None:
    registry.add("garage", camera_id=7)
    before, revision = registry.cameras(), registry.revision()
    planned = registry.import_cameras([FRONT, BACK], dry_run=True)
    assert registry.cameras() == before
    assert registry.revision() == revision
    assert told(planned) == told(registry.import_cameras([FRONT, BACK]))


def test_a_change_is_seen_by_running_servers(registry: Registry) -> None:
    revision = registry.revision()
    registry.import_cameras([FRONT])
    assert registry.revision() > revision


def test_a_camera_that_is_here_loses_nothing(registry: Registry) -> None:
    here = registry.add("garage", camera_id=7, description="ours", movable=True)
    imports = registry.import_cameras([FRONT, BACK])
    assert told(imports) == [("imported",), ("refused", 'its id is taken here by "garage"')]
    assert registry.get(7) == here


def test_a_camera_that_was_added_by_hand_gets_its_old_token(registry: Registry) -> None:
    here = registry.add("back", camera_id=7, description="ours", movable=True)
    note = "its old token counts as well now"
    assert told(registry.import_cameras([BACK])) == [("present", note)]
    assert registry.get(7) == replace(here, imported_token_sha256=digest(BACK))
    assert accepted(registry.get(7), Tokens(b"secret").token(here))
    assert accepted(registry.get(7), BACK.token)
    assert told(registry.import_cameras([BACK])) == [("present",)]


def test_a_rotated_token_stays_rotated(registry: Registry) -> None:
    registry.import_cameras([BACK])
    rotated = registry.rotate(7)
    note = "its token is another one here, and stays so: camserve camera token 7 prints it"
    assert told(registry.import_cameras([BACK])) == [("present", note)]
    assert registry.get(7) == rotated
    assert not accepted(rotated, BACK.token)


def test_a_removed_camera_stays_removed(registry: Registry) -> None:
    registry.import_cameras([BACK])
    registry.remove(7)
    ((outcome, reason),) = told(registry.import_cameras([BACK]))
    assert outcome == "refused"
    assert reason.startswith("a camera with this id was removed here")
    assert registry.cameras() == []


def test_an_id_that_was_removed_and_is_here_again(registry: Registry) -> None:
    registry.add("back", camera_id=7)
    registry.remove(7)
    again = registry.add("back", camera_id=7)
    ((outcome, *notes),) = told(registry.import_cameras([BACK]))
    assert (outcome, len(notes)) == ("present", 1)
    assert registry.get(7) == again


@pytest.mark.parametrize("camera_id", [0, -1, 2**31])
def test_an_id_that_cannot_be(registry: Registry, camera_id: int) -> None:
    imports = registry.import_cameras([replace(FRONT, id=camera_id), BACK])
    assert told(imports) == [
        ("refused", "ids are whole numbers from 1 to 2147483647"),
        ("imported",),
    ]


@pytest.mark.parametrize(
    ("name", "now"),
    [
        ("  front\t", "front"),
        ("a\nb\x00c", "a b c"),
        ("", "camera 1"),
        ("  \n ", "camera 1"),
        ("x" * 101, "x" * 100),
        ("x" * 99 + "  y", "x" * 99),
    ],
    ids=ascii,
)
def test_a_name_that_cannot_stay(registry: Registry, name: str, now: str) -> None:
    camera, notes = taken(registry, replace(FRONT, name=name))
    assert camera.name == now
    assert notes == (f'its name is now "{now}"',)
    assert accepted(camera, FRONT.token)
    assert told(registry.import_cameras([replace(FRONT, name=name)])) == [("present",)]


def test_names_that_are_the_same_without_their_spaces(registry: Registry) -> None:
    same = [
        replace(FRONT, id=number, name=name) for number, name in enumerate(["a ", "a", "\ta"], 1)
    ]
    registry.import_cameras(same)
    assert [camera.name for camera in registry.cameras()] == ["a", "a (2)", "a (3)"]


def test_long_names_that_are_the_same_when_cut(registry: Registry) -> None:
    long = [replace(FRONT, id=number, name="x" * (100 + number)) for number in (1, 2)]
    registry.import_cameras(long)
    assert [camera.name for camera in registry.cameras()] == ["x" * 100, "x" * 96 + " (2)"]


def test_a_name_that_another_camera_has_here(registry: Registry) -> None:
    registry.add("back", camera_id=1)
    registry.add("back (7)", camera_id=2)
    camera, notes = taken(registry, BACK)
    assert camera.name == "back (7-2)"
    assert notes == ('its name is now "back (7-2)"',)
    assert accepted(camera, BACK.token)
    assert [one.name for one in registry.cameras()] == ["back", "back (7)", "back (7-2)"]


@pytest.mark.parametrize(
    ("description", "now", "notes"),
    [
        ("two\nlines\tand", "two\nlines\tand", ()),
        ("x" * 1000, "x" * 1000, ()),
        ("x" * 1001, "x" * 1000, ("its description is cut to 1000 characters",)),
        ("a\x1bb", "a b", ("its description is without control characters now",)),
    ],
)
def test_descriptions(
    registry: Registry, description: str, now: str, notes: tuple[str, ...]
) -> None:
    camera, said = taken(registry, replace(FRONT, description=description))
    assert (camera.description, said) == (now, notes)


@pytest.mark.parametrize("token", ["", "x" * (MAX_TOKEN_BYTES + 1)], ids=["empty", "long"])
def test_a_token_that_proves_nothing(registry: Registry, token: str) -> None:
    camera, (note,) = taken(registry, replace(FRONT, token=token))
    assert note.endswith(": give it that of camserve camera token 1")
    # Else anybody could upload without any token.
    assert camera.imported_token_sha256 is None
    assert not accepted(camera, token)
    assert told(registry.import_cameras([replace(FRONT, token=token)])) == [("present",)]


def test_a_token_is_kept_to_the_letter(registry: Registry) -> None:
    camera, _ = taken(registry, replace(FRONT, token=" ключ "))
    assert accepted(camera, " ключ ")
    assert not accepted(camera, "ключ")


def test_nothing_comes_when_the_database_fails_on_the_way(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from camserve.registry import rows

    def add(connection: object, camera: Camera) -> None:
        if camera.id == 7:
            raise OSError("the disk is full")
        original(connection, camera)  # type: ignore[arg-type]

    original = rows.add
    with monkeypatch.context() as patch:
        patch.setattr(rows, "add", add)
        with pytest.raises(Exception, match="the disk is full"):
            registry.import_cameras([FRONT, BACK])
    assert registry.cameras() == []
