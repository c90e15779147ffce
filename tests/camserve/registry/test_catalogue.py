import pytest
import trio

from camserve.registry import Camera, Catalogue, DatabaseError, NameTakenError, Registry
from tests.camserve.registry.listener import Listener


@pytest.fixture
def catalogue(registry: Registry) -> Catalogue:
    return Catalogue(registry)


@pytest.fixture
def listener(catalogue: Catalogue) -> Listener:
    listener = Listener()
    catalogue.on_change(listener)
    return listener


async def test_it_is_empty_before_the_first_refresh(
    registry: Registry, catalogue: Catalogue
) -> None:
    registry.add("a")
    assert catalogue.cameras() == ()
    assert catalogue.get(1) is None


async def test_a_refresh_takes_over_what_the_database_has(
    registry: Registry, catalogue: Catalogue
) -> None:
    b, a = registry.add("b", camera_id=5), registry.add("a", camera_id=2)
    await catalogue.refresh()
    assert catalogue.cameras() == (a, b)
    assert catalogue.get(5) == b
    assert catalogue.get(-(2**70)) is None


async def test_listeners_hear_exactly_what_differs(
    registry: Registry, catalogue: Catalogue, listener: Listener
) -> None:
    gone, changed, same = (registry.add(name) for name in ("gone", "changed", "same"))
    await catalogue.refresh()
    assert listener.heard == [(None, gone), (None, changed), (None, same)]
    listener.heard.clear()
    registry.remove(gone.id)
    renamed = registry.change(changed.id, name="renamed")
    new = registry.add("new")
    await catalogue.refresh()
    assert listener.heard == [(gone, None), (changed, renamed), (None, new)]
    await catalogue.refresh()
    assert len(listener.heard) == 3


async def test_removed_and_added_again_is_one_change(
    registry: Registry, catalogue: Catalogue, listener: Listener
) -> None:
    before = registry.add("a")
    await catalogue.refresh()
    registry.remove(1)
    after = registry.add("a", camera_id=1)
    await catalogue.refresh()
    assert listener.heard[1:] == [(before, after)]


async def test_the_catalogue_is_new_when_a_listener_is_called(
    registry: Registry, catalogue: Catalogue
) -> None:
    seen: list[tuple[Camera, ...]] = []
    catalogue.on_change(lambda before, after: seen.append(catalogue.cameras()))
    cameras = (registry.add("a"), registry.add("b"))
    await catalogue.refresh()
    assert seen == [cameras, cameras]


async def test_an_unchanged_revision_reads_no_cameras(
    registry: Registry, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await catalogue.refresh()
    monkeypatch.setattr(registry, "cameras", None)  # to call it would be a TypeError
    await catalogue.refresh()


async def test_a_listener_that_fails_is_logged_and_disturbs_nobody(
    registry: Registry, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(before: Camera | None, after: Camera | None) -> None:
        raise ZeroDivisionError

    after_it = Listener()
    catalogue.on_change(fail)
    catalogue.on_change(after_it)
    a, b = registry.add("a"), registry.add("b")
    await catalogue.refresh()
    assert after_it.heard == [(None, a), (None, b)]
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


async def test_its_own_changes_are_known_when_they_return(
    registry: Registry, catalogue: Catalogue, listener: Listener
) -> None:
    added = await catalogue.add(
        "a", camera_id=4, description="b", movable=True, allow_open_upload=True
    )
    assert added == Camera(4, "a", "b", True, True, 1, None)
    assert catalogue.cameras() == (added,)
    changed = await catalogue.change(4, name="c", description="d", movable=False)
    assert (changed.name, changed.description, changed.movable) == ("c", "d", False)
    assert catalogue.get(4) == changed
    rotated = await catalogue.rotate(4)
    assert catalogue.get(4) == rotated == registry.get(4)
    with pytest.raises(NameTakenError):
        await catalogue.add("c")
    await catalogue.remove(4)
    assert catalogue.cameras() == ()
    assert listener.heard == [(None, added), (added, changed), (changed, rotated), (rotated, None)]


async def test_a_change_that_cannot_be_read_back_is_done_all_the_same(
    registry: Registry, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise DatabaseError("out of reach")

    with monkeypatch.context() as patch:
        patch.setattr(registry, "revision", fail)
        camera = await catalogue.add("a")
    assert catalogue.get(1) is None
    await catalogue.refresh()
    assert catalogue.get(1) == camera


async def test_of_two_refreshes_the_second_waits_for_the_first(
    registry: Registry, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[list[Camera]] = []
    read = registry.cameras

    def cameras() -> list[Camera]:
        reads.append(read())
        return reads[-1]

    monkeypatch.setattr(registry, "cameras", cameras)
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(catalogue.refresh)
    # The later ones knew the revision that the first had taken over, and read nothing.
    assert len(reads) == 1


async def test_it_needs_no_thread_of_the_others(catalogue: Catalogue) -> None:
    limiter = trio.to_thread.current_default_thread_limiter()
    limiter.total_tokens = 1
    async with limiter:
        with trio.fail_after(10):
            await catalogue.refresh()


async def test_catching_up_knows_what_was_written_before(registry: Registry) -> None:
    catalogue = Catalogue(registry)
    await catalogue.refresh()
    added = registry.add("just now")
    await catalogue.catch_up()
    assert catalogue.get(added.id) == added


async def test_many_who_catch_up_cost_one_look(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[None] = []
    revision = registry.revision

    def count() -> int:
        looks.append(None)
        return revision()

    monkeypatch.setattr(registry, "revision", count)
    catalogue = Catalogue(registry)
    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(catalogue.catch_up)
    # One that is under way may have begun too early for those who came meanwhile.
    assert len(looks) <= 2
