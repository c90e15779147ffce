import pytest
import trio

from camserve.relay import Ending, Frame, Hub, Publisher, Rate, State, Viewer
from tests.camserve.relay.clocks import Clock

WALL = 1_700_000_000.25


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Hub:
    return Hub(stale_after=10, clock=clock, wall_clock=lambda: WALL)


def test_a_published_frame_is_the_latest(hub: Hub, clock: Clock) -> None:
    assert hub.latest(1) is None
    frame = hub.publish(1, b"jpeg")
    assert hub.latest(1) is frame
    assert (frame.camera_id, frame.jpeg, frame.arrived_at) == (1, b"jpeg", WALL)
    assert hub.latest(2) is None
    clock.now += 1.5
    assert hub.age(frame) == 1.5


def test_an_age_is_never_negative(hub: Hub) -> None:
    assert hub.age(Frame(1, 1, WALL, 1e9, b"")) == 0


async def test_a_subscription_begins_with_the_latest_frame(hub: Hub) -> None:
    hub.publish(1, b"old")
    hub.publish(1, b"latest")
    with hub.subscribe(1) as subscription:
        assert (await subscription.receive()).jpeg == b"latest"
        hub.publish(1, b"new")
        assert (await subscription.receive()).jpeg == b"new"


async def test_each_viewer_gets_each_frame_of_its_camera(hub: Hub) -> None:
    with hub.subscribe(1) as one, hub.subscribe(1) as two, hub.subscribe(2) as other:
        frame = hub.publish(1, b"jpeg")
        assert await one.receive() is frame
        assert await two.receive() is frame
        with trio.move_on_after(0) as waiting:
            await other.receive()
        assert waiting.cancelled_caught


def test_viewers_are_counted_while_they_watch(hub: Hub) -> None:
    one, two = Viewer("mjpeg"), Viewer("live")
    assert hub.viewers(1) == ()
    with hub.watched(1, one), hub.watched(1, two), hub.watched(2, Viewer("mjpeg")):
        assert set(hub.viewers(1)) == {one, two}
    assert hub.viewers(1) == ()


def test_what_nobody_knows_of_is_offline_and_quiet(hub: Hub) -> None:
    assert hub.state(9) is State.OFFLINE
    assert hub.rate(9) == Rate(0, 0)
    assert hub.publisher(9) is None
    hub.remove(9)
    hub.end_publisher(9, Ending.ROTATED)


def test_a_connection_is_a_camera_s_presence(hub: Hub, clock: Clock) -> None:
    publisher = Publisher()
    with hub.connected(1, publisher):
        assert hub.publisher(1) is publisher
        assert hub.state(1) is State.STALE
        hub.publish(1, b"jpeg")
        assert hub.state(1) is State.ONLINE
        clock.now += 10.5
        assert hub.state(1) is State.STALE
    assert hub.state(1) is State.OFFLINE
    assert hub.publisher(1) is None


def test_the_newest_connection_wins(hub: Hub) -> None:
    old, new = Publisher(), Publisher()
    with hub.connected(1, old):
        with hub.connected(1, new):
            assert old.ending is Ending.REPLACED
            assert new.ending is None
            assert hub.publisher(1) is new
        assert hub.publisher(1) is None


def test_a_replaced_connection_that_leaves_late_takes_nothing_with_it(hub: Hub) -> None:
    old, new = Publisher(), Publisher()
    leaving = hub.connected(1, old)
    leaving.__enter__()
    with hub.connected(1, new):
        leaving.__exit__(None, None, None)
        assert hub.publisher(1) is new


def test_an_upload_makes_a_camera_online_for_a_while(hub: Hub, clock: Clock) -> None:
    hub.publish(1, b"jpeg", uploaded=True)
    assert hub.state(1) is State.ONLINE
    clock.now += 10.5
    assert hub.state(1) is State.OFFLINE


def test_the_rate_is_of_what_arrived(hub: Hub) -> None:
    hub.publish(1, b"x" * 500)
    assert hub.rate(1) == Rate(fps=0.2, bytes_per_second=100)


async def test_a_payload_that_is_no_jpeg_changes_nothing_for_viewers(hub: Hub) -> None:
    frame = hub.publish(1, b"good")
    hub.reject(1)
    assert hub.latest(1) is frame


async def test_removed_ends_publisher_and_viewers_and_forgets_the_frame(hub: Hub) -> None:
    publisher = Publisher()
    with hub.connected(1, publisher), hub.subscribe(1) as viewer, hub.subscribe(2) as other:
        last = hub.publish(1, b"last")
        hub.remove(1)
        assert publisher.ending is Ending.REMOVED
        assert hub.latest(1) is None
        assert hub.state(1) is State.OFFLINE
        assert await viewer.receive() is last
        with pytest.raises(trio.EndOfChannel):
            await viewer.receive()
        hub.publish(2, b"goes on")
        await other.receive()


async def test_closed_ends_every_stream_those_that_begin_later_too(hub: Hub) -> None:
    early, late = Publisher(), Publisher()
    with hub.connected(1, early), hub.subscribe(1) as viewer:
        hub.publish(1, b"last")
        hub.close()
        hub.publish(1, b"after the end")  # its connection is not cancelled yet
        assert early.ending is Ending.STOPPING
        assert (await viewer.receive()).jpeg == b"last"
        with pytest.raises(trio.EndOfChannel):
            await viewer.receive()
        with hub.subscribe(1) as latecomer:
            await latecomer.receive()
            with pytest.raises(trio.EndOfChannel):
                await latecomer.receive()
        with hub.connected(1, late):
            assert late.ending is Ending.STOPPING


def test_one_publisher_can_be_ended(hub: Hub) -> None:
    one, two = Publisher(), Publisher()
    with hub.connected(1, one), hub.connected(2, two):
        hub.end_publisher(1, Ending.ROTATED)
        assert (one.ending, two.ending) == (Ending.ROTATED, None)
