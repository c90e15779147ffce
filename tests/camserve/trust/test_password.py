"""A password of which the server knows the hash only. Here real argon2, with small parameters."""

import threading

import argon2
import pytest
import trio
import trio.testing

from camserve.trust import InvalidPasswordError, Role, SlowDownError, Trust, WrongProofError
from camserve.trust.password import MAX_QUEUE, PasswordHash, check_password

from .conftest import House, basic, role_of

PASSWORD = "Käse"
HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
HASH = HASHER.hash(PASSWORD)


class Watched:
    """Counts comparisons; each waits until it is let go on."""

    def __init__(self) -> None:
        self.count = 0
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def verify(self, hash: str, password: bytes) -> bool:
        self.count += 1
        self.may_go_on.wait(10)
        return HASHER.verify(hash, password)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    hasher = Watched()
    monkeypatch.setattr("camserve.trust.password.argon2.PasswordHasher", lambda: hasher)
    return hasher


@pytest.fixture
def trust(house: House, watched: Watched) -> Trust:
    return house.trust(password=HASH)


@pytest.fixture(autouse=True)
def _no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    # autojump_clock is not for threads.
    monkeypatch.setattr("camserve.trust.throttle.MAX_DELAY", 0.0)


@pytest.mark.parametrize("kind", list(argon2.Type))
async def test_every_kind_of_argon2_hash(house: House, kind: argon2.Type) -> None:
    hasher = argon2.PasswordHasher(1, 64, 1, type=kind)
    trust = house.trust(password=hasher.hash(PASSWORD))
    assert not trust.is_open
    with pytest.raises(WrongProofError):
        await trust.authenticate(basic("wrong"))
    assert await role_of(trust, basic(PASSWORD)) is Role.VIEWER


async def test_what_was_right_once_is_compared_never_again(trust: Trust, watched: Watched) -> None:
    for sender in ("192.0.2.1", "192.0.2.2"):
        for _ in range(3):
            assert await role_of(trust, basic(PASSWORD, address=sender)) is Role.VIEWER
    assert watched.count == 1
    # And from then on it is known what is wrong.
    with pytest.raises(WrongProofError):
        await trust.authenticate(basic("wrong"))
    assert watched.count == 1


async def test_what_was_wrong_once_is_compared_never_again(trust: Trust, watched: Watched) -> None:
    for _ in range(3):
        with pytest.raises(WrongProofError):
            await trust.authenticate(basic("wrong"))
    assert watched.count == 1
    assert trust.failures == 3


async def test_a_hash_is_not_taken_for_the_password_itself(trust: Trust) -> None:
    with pytest.raises(WrongProofError):
        await trust.authenticate(basic(HASH))


async def test_too_many_that_have_to_be_compared_are_turned_away(
    trust: Trust, watched: Watched
) -> None:
    refused: list[int] = []

    async def show(number: int) -> None:
        try:
            await trust.authenticate(basic(f"guess {number}", address=f"192.0.2.{number}"))
        except SlowDownError as error:
            refused.append(error.retry_after)
        except WrongProofError:
            pass

    watched.may_go_on.clear()
    async with trio.open_nursery() as nursery:
        for number in range(MAX_QUEUE + 6):
            nursery.start_soon(show, number)
        with trio.fail_after(5):
            while len(refused) < 5:  # one is being compared
                await trio.testing.wait_all_tasks_blocked(0.01)
        watched.may_go_on.set()
    assert (refused, watched.count) == ([1] * 5, MAX_QUEUE + 1)
    assert trust.slowed == 5
    assert await role_of(trust, basic(PASSWORD)) is Role.VIEWER


async def test_one_comparison_at_a_time_and_none_on_the_event_loop(
    trust: Trust, watched: Watched
) -> None:
    watched.may_go_on.clear()
    async with trio.open_nursery() as nursery:
        for number in range(3):
            nursery.start_soon(role_of, trust, basic(PASSWORD, address=f"192.0.2.{number}"))
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert watched.count == 1
        watched.may_go_on.set()


async def test_a_password_that_changes_during_the_comparison_lets_nobody_in(
    trust: Trust, watched: Watched
) -> None:
    watched.may_go_on.clear()
    async with trio.open_nursery() as nursery:

        async def show() -> None:
            with pytest.raises(WrongProofError):
                await trust.authenticate(basic(PASSWORD))

        nursery.start_soon(show)
        await trio.testing.wait_all_tasks_blocked(0.05)
        trust.configure(viewer_password="new", admin_token=None)
        watched.may_go_on.set()
    assert await role_of(trust, basic("new")) is Role.VIEWER


@pytest.mark.parametrize("is_hash", [False, True])
async def test_the_new_password_shown_during_a_comparison_with_the_old_one_counts(
    trust: Trust, watched: Watched, is_hash: bool
) -> None:
    # Else it would be remembered as wrong, for as long as somebody shows it.
    watched.may_go_on.clear()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(role_of, trust, basic("new"))
        await trio.testing.wait_all_tasks_blocked(0.05)
        new = HASHER.hash("new") if is_hash else "new"
        trust.configure(viewer_password=new, admin_token=None)
        watched.may_go_on.set()
    assert await role_of(trust, basic("new")) is Role.VIEWER


async def test_who_leaves_does_not_wait_for_the_comparison(trust: Trust, watched: Watched) -> None:
    watched.may_go_on.clear()
    with trio.fail_after(5), trio.move_on_after(0.05) as scope:
        await trust.authenticate(basic(PASSWORD))
    assert scope.cancelled_caught
    watched.may_go_on.set()


def test_the_hash_is_tried_before_it_is_taken() -> None:
    check_password("anything")
    check_password(HASH)
    head, _, digest = HASH.rpartition("$")
    for wrong in ("", "$argon2", f"{head}$!", head, f"{head}${digest[:-6]}"):
        with pytest.raises(InvalidPasswordError):
            check_password(wrong)
    with pytest.raises(InvalidPasswordError, match="empty"):
        check_password(argon2.PasswordHasher(time_cost=1, memory_cost=64).hash(""))


def test_what_is_no_hash() -> None:
    with pytest.raises(InvalidPasswordError, match="no argon2 hash"):
        PasswordHash("$argon2id$v=19$m=64,t=1$x")
