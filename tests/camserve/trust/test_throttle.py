"""Who guesses waits; nobody else does."""

import pytest
import trio
import trio.testing

from camserve.trust import Claim, Role, SlowDownError, Trust, WrongProofError
from camserve.trust import throttle as module
from camserve.trust.throttle import GUESSES, MAX_WAITING, Throttle, address_key

from .conftest import ADMIN_TOKEN, HOME, PASSWORD, House, basic, bearer, link, role_of, session

Clock = trio.testing.MockClock

ELSEWHERE = "198.51.100.7"


async def refused_after(trust: Trust, claim: Claim) -> float:
    start = trio.current_time()
    with pytest.raises(WrongProofError):
        await trust.authenticate(claim)
    return trio.current_time() - start


async def test_each_wrong_proof_of_an_address_is_answered_later(
    trust: Trust, autojump_clock: Clock
) -> None:
    delays = [await refused_after(trust, bearer(f"guess {number}")) for number in range(6)]
    assert delays == pytest.approx([0.25, 0.5, 1, 2, 3, 3])
    assert await refused_after(trust, bearer("guess", ELSEWHERE)) == pytest.approx(0.25)
    assert (trust.failures, trust.slowed) == (7, 0)


async def test_after_a_quiet_minute_all_is_forgotten(trust: Trust, autojump_clock: Clock) -> None:
    for number in range(5):
        await refused_after(trust, bearer(f"guess {number}"))
    await trio.sleep(module.QUIET - 3.1)  # the last one was sent 3 s ago
    assert await refused_after(trust, bearer("again")) == pytest.approx(3)
    await trio.sleep(module.QUIET)
    assert await refused_after(trust, bearer("once more")) == pytest.approx(0.25)


async def test_a_tool_with_an_old_password_waits_as_long(
    trust: Trust, autojump_clock: Clock
) -> None:
    for _ in range(2 * GUESSES):
        assert await refused_after(trust, basic("the old one")) <= 3
    assert trust.slowed == 0


async def test_a_missing_proof_is_no_failure(trust: Trust, autojump_clock: Clock) -> None:
    for _ in range(20):
        assert await role_of(trust, Claim(HOME)) is Role.STRANGER
    assert (trust.failures, trio.current_time()) == (0, 0)


async def flood(trust: Trust, count: int, task_status: trio.TaskStatus[list[str]]) -> None:
    """Send so many different guesses at once, and note how they are answered."""
    answers: list[str] = []

    async def guess(number: int) -> None:
        try:
            await trust.authenticate(bearer(f"guess {number}"))
        except (WrongProofError, SlowDownError) as error:
            answers.append(type(error).__name__)

    async with trio.open_nursery() as nursery:
        for number in range(count):
            nursery.start_soon(guess, number)
        await trio.testing.wait_all_tasks_blocked()
        task_status.started(answers)


async def test_of_many_at_once_few_wait(trust: Trust, autojump_clock: Clock) -> None:
    async with trio.open_nursery() as nursery:
        answers = await nursery.start(flood, trust, 20)
        assert answers == ["SlowDownError"] * (20 - MAX_WAITING)
        assert trust.slowed == 20 - MAX_WAITING
        assert trio.current_time() == 0
    assert answers[-MAX_WAITING:] == ["WrongProofError"] * MAX_WAITING
    assert trio.current_time() <= module.MAX_DELAY


async def test_when_to_come_back_is_said_in_whole_seconds(
    trust: Trust, autojump_clock: Clock
) -> None:
    async with trio.open_nursery() as nursery:
        await nursery.start(flood, trust, 20)
        with pytest.raises(SlowDownError) as refused:
            await trust.authenticate(bearer("one more"))
        assert refused.value.retry_after == 3


async def test_a_right_proof_is_answered_at_once_amid_failures(
    trust: Trust, house: House, autojump_clock: Clock
) -> None:
    ticket = trust.session(await trust.authenticate(basic(PASSWORD, address=ELSEWHERE))).value
    good_link = trust.make_link(1, 1, 60)
    async with trio.open_nursery() as nursery:
        await nursery.start(flood, trust, 500)
        for claim in (basic(PASSWORD), bearer(ADMIN_TOKEN), session(ticket), link(good_link)):
            assert await role_of(trust, claim) >= Role.VIEWER
        assert trio.current_time() == 0


async def test_guesses_have_an_end_so_that_the_right_one_is_not_found_by_flooding(
    trust: Trust, autojump_clock: Clock
) -> None:
    ticket = trust.session(await trust.authenticate(basic(PASSWORD, address=ELSEWHERE))).value
    good_link = trust.make_link(1, 1, 60)
    async with trio.open_nursery() as nursery:
        await nursery.start(flood, trust, GUESSES)
        # Never shown from here, it may be a guess; so it is not looked at.
        with pytest.raises(SlowDownError):
            await trust.authenticate(basic(PASSWORD))
        # What cannot be guessed, and whoever is elsewhere, is as welcome as ever.
        for claim in (session(ticket), link(good_link), bearer(good_link)):
            assert await role_of(trust, claim) is Role.VIEWER
        assert await role_of(trust, basic(PASSWORD, address=ELSEWHERE)) is Role.VIEWER
        nursery.cancel_scope.cancel()
    await trio.sleep(60 / module.GUESSES_PER_MINUTE)
    assert await role_of(trust, basic(PASSWORD)) is Role.VIEWER


async def test_who_was_right_before_does_not_suffer_from_others_behind_the_same_address(
    trust: Trust, autojump_clock: Clock
) -> None:
    await trust.authenticate(basic(PASSWORD))
    async with trio.open_nursery() as nursery:
        await nursery.start(flood, trust, 2 * GUESSES)
        assert await role_of(trust, basic(PASSWORD)) is Role.VIEWER
        assert trio.current_time() == 0


async def test_who_leaves_while_waiting_waits_no_longer(
    trust: Trust, autojump_clock: Clock
) -> None:
    for _ in range(2 * MAX_WAITING):
        with trio.move_on_after(0.01):
            await trust.authenticate(bearer("x"))
    assert trust.slowed == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("2001:db8::1", "2001:db8::ffff:2"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", "unknown"),
    ],
)
def test_addresses_of_one_sender(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8:0:1::1"), ("::1", "127.0.0.1")],
)
def test_addresses_of_several_senders(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


async def test_the_table_of_addresses_has_a_bound(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: Clock
) -> None:
    monkeypatch.setattr(module, "MAX_ADDRESSES", 3)
    throttle = Throttle()
    for address in ("a", "b", "a", "c", "d"):
        await throttle.wrong(address, new_guess=True)
    start = trio.current_time()
    await throttle.wrong("a", new_guess=True)  # the third time
    assert trio.current_time() - start == pytest.approx(1)
    start = trio.current_time()
    await throttle.wrong("b", new_guess=True)  # the one that had failed longest ago
    assert trio.current_time() - start == pytest.approx(0.25)


async def test_a_million_failures_overflow_nothing(autojump_clock: Clock) -> None:
    throttle = Throttle()
    for _ in range(1100):  # 2.0 ** 1100 is no float any more
        with trio.move_on_after(0):
            await throttle.wrong("a", new_guess=False)
    start = trio.current_time()
    await throttle.wrong("a", new_guess=False)
    assert trio.current_time() - start == pytest.approx(3)
