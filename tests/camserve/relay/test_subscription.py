import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from camserve.relay import Frame, Subscription


def frame(sequence: int) -> Frame:
    return Frame(1, sequence, 0.0, 0.0, b"jpeg")


async def test_the_newest_frame_replaces_one_that_nobody_took() -> None:
    with Subscription(set()) as subscription:
        for sequence in (1, 2, 3):
            subscription.offer(frame(sequence))
        assert (await subscription.receive()).sequence == 3
        assert (subscription.delivered, subscription.dropped) == (1, 2)


async def test_a_frame_is_given_out_once() -> None:
    with Subscription(set()) as subscription:
        subscription.offer(frame(1))
        await subscription.receive()
        with trio.move_on_after(0) as waiting:
            await subscription.receive()
        assert waiting.cancelled_caught
        assert subscription.delivered == 1


async def test_a_waiting_viewer_gets_a_frame_when_it_comes() -> None:
    received: list[int] = []

    async def view() -> None:
        received.append((await subscription.receive()).sequence)

    with Subscription(set()) as subscription:
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(view)
                await wait_all_tasks_blocked()
                subscription.offer(frame(1))
                subscription.offer(frame(2))
        assert received == [1]
        assert subscription.dropped == 0
        assert (await subscription.receive()).sequence == 2


async def test_cancelled_it_takes_nothing() -> None:
    with Subscription(set()) as subscription:
        subscription.offer(frame(1))
        with trio.CancelScope() as scope:
            scope.cancel()
            await subscription.receive()
        assert (subscription.delivered, subscription.dropped) == (0, 0)
        assert (await subscription.receive()).sequence == 1


async def test_at_the_end_the_last_frame_is_still_given_out() -> None:
    with Subscription(set()) as subscription:
        subscription.offer(frame(1))
        subscription.end()
        await subscription.wait_ended()
        assert (await subscription.receive()).sequence == 1
        with pytest.raises(trio.EndOfChannel):
            await subscription.receive()


async def test_a_waiting_viewer_hears_of_the_end() -> None:
    ends: list[str] = []

    async def view() -> None:
        with pytest.raises(trio.EndOfChannel):
            await subscription.receive()
        ends.append("receive")

    async def wait() -> None:
        await subscription.wait_ended()
        ends.append("wait_ended")

    with Subscription(set()) as subscription, trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(view)
            nursery.start_soon(wait)
            await wait_all_tasks_blocked()
            assert not ends
            subscription.end()
    assert sorted(ends) == ["receive", "wait_ended"]


async def test_what_is_offered_after_the_end_is_ignored() -> None:
    # A publisher may be at its last frame while the server stops.
    with Subscription(set()) as subscription:
        subscription.end()
        subscription.end()
        subscription.offer(frame(1))
        assert subscription.dropped == 0
        with pytest.raises(trio.EndOfChannel):
            await subscription.receive()


def test_it_belongs_to_its_group_while_the_block_runs() -> None:
    group: set[Subscription] = set()
    with Subscription(group) as subscription:
        assert group == {subscription}
    assert group == set()
