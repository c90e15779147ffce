import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from camserve.relay import Ending, Message, Move, Publisher, Update


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


async def test_the_newest_move_replaces_one_that_was_not_sent(publisher: Publisher) -> None:
    publisher.move(0.1, 0.2)
    publisher.move(-0.5, 1.0)
    assert await publisher.next_message() == Move(-0.5, 1.0)
    with trio.move_on_after(0) as waiting:
        await publisher.next_message()
    assert waiting.cancelled_caught


@pytest.mark.parametrize(
    ("x", "y", "move"), [(-3.0, 3.0, Move(-1, 1)), (1.5, -0.25, Move(1, -0.25))]
)
async def test_moves_are_brought_into_range(
    publisher: Publisher, x: float, y: float, move: Move
) -> None:
    publisher.move(x, y)
    assert await publisher.next_message() == move


async def test_a_move_wakes_who_waits(publisher: Publisher) -> None:
    got: list[Message] = []

    async def send() -> None:
        got.append(await publisher.next_message())

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send)
            await wait_all_tasks_blocked()
            publisher.move(0, 0)
    assert got == [Move(0, 0)]


async def test_update_returns_when_the_message_went_out(publisher: Publisher) -> None:
    returned: list[str] = []

    async def ask(name: str) -> None:
        await publisher.update()
        returned.append(name)

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "first")
            nursery.start_soon(ask, "second")
            await wait_all_tasks_blocked()
            message = await publisher.next_message()
            assert message is Update.UPDATE
            await wait_all_tasks_blocked()
            assert returned == []
            publisher.sent(message)
    assert sorted(returned) == ["first", "second"]
    # Both asked for the one message that went out.
    with trio.move_on_after(0) as waiting:
        await publisher.next_message()
    assert waiting.cancelled_caught


async def test_an_update_is_asked_for_anew_after_one_was_sent(publisher: Publisher) -> None:
    with trio.fail_after(5):
        for _ in range(2):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(publisher.update)
                publisher.sent(await publisher.next_message())


async def test_an_update_goes_before_a_move_and_the_move_is_kept(publisher: Publisher) -> None:
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(publisher.update)
            await wait_all_tasks_blocked()
            publisher.move(1, 1)
            assert await publisher.next_message() is Update.UPDATE
            publisher.sent(Update.UPDATE)
            move = await publisher.next_message()
            assert move == Move(1, 1)
            publisher.sent(move)


async def test_the_end_cancels_the_connection_and_its_first_reason_stands(
    publisher: Publisher,
) -> None:
    with trio.fail_after(5), publisher.scope:
        publisher.end(Ending.REMOVED)
        publisher.end(Ending.STOPPING)
        await trio.sleep_forever()
    assert publisher.ending is Ending.REMOVED


async def test_an_end_before_the_connection_is_served_counts(publisher: Publisher) -> None:
    publisher.end(Ending.STOPPING)
    with trio.fail_after(5), publisher.scope:
        await trio.sleep_forever()
    assert publisher.scope.cancelled_caught
