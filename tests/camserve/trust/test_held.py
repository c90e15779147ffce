"""Who may go on, and until when."""

import pytest
import trio
import trio.testing

from camserve.trust import STRANGER, Claim, Identity, Trust

from .conftest import ADMIN_TOKEN, HOME, PASSWORD, House, basic, bearer, link, session


class Guests:
    """Tasks that stay as long as they may."""

    def __init__(self, trust: Trust, nursery: trio.Nursery) -> None:
        self._trust = trust
        self._nursery = nursery
        self.here: set[str] = set()

    async def add(self, name: str, who: Claim | Identity) -> None:
        if isinstance(who, Claim):
            who = await self._trust.authenticate(who)
        await self._nursery.start(self._stay, name, who)

    async def left(self) -> set[str]:
        await trio.testing.wait_all_tasks_blocked()
        return self.here

    async def _stay(self, name: str, who: Identity, *, task_status: trio.TaskStatus[None]) -> None:
        with self._trust.held(who):
            self.here.add(name)
            task_status.started()
            await trio.sleep_forever()
        self.here.remove(name)


async def arrive(guests: Guests, trust: Trust) -> None:
    """One of each kind."""
    viewer = await trust.authenticate(basic(PASSWORD))
    await guests.add("viewer", viewer)
    await guests.add("viewer with a cookie", session(trust.session(viewer).value))
    await guests.add("admin", bearer(ADMIN_TOKEN))
    await guests.add("friend of 1", link(trust.make_link(1, 1, 60)))
    await guests.add("friend of 2", link(trust.make_link(2, 1, 60)))
    await guests.add("stranger", STRANGER)


async def test_a_new_password_ends_what_rests_on_the_old_one(trust: Trust) -> None:
    async with trio.open_nursery() as nursery:
        guests = Guests(trust, nursery)
        await arrive(guests, trust)
        trust.configure(viewer_password=PASSWORD, admin_token=ADMIN_TOKEN)
        assert len(await guests.left()) == 6
        trust.configure(viewer_password="new", admin_token=ADMIN_TOKEN)
        assert await guests.left() == {"admin", "friend of 1", "friend of 2", "stranger"}
        nursery.cancel_scope.cancel()


async def test_a_new_admin_token_ends_what_rests_on_the_old_one(trust: Trust) -> None:
    async with trio.open_nursery() as nursery:
        guests = Guests(trust, nursery)
        await arrive(guests, trust)
        trust.configure(viewer_password=PASSWORD, admin_token=None)
        assert "admin" not in await guests.left()
        assert len(guests.here) == 5
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("generation", [2, None], ids=["rotated", "removed"])
async def test_a_camera_that_changes_ends_what_rests_on_its_links(
    trust: Trust, house: House, generation: int | None
) -> None:
    async with trio.open_nursery() as nursery:
        guests = Guests(trust, nursery)
        await arrive(guests, trust)
        trust.camera_changed(1)  # its name, perhaps
        assert len(await guests.left()) == 6
        del house.generations[1]
        if generation is not None:
            house.generations[1] = generation
        trust.camera_changed(1)
        assert "friend of 1" not in await guests.left()
        assert len(guests.here) == 5
        nursery.cancel_scope.cancel()


async def test_the_first_password_ends_open_viewing(open_trust: Trust) -> None:
    async with trio.open_nursery() as nursery:
        guests = Guests(open_trust, nursery)
        await guests.add("anybody", Claim(HOME))
        await guests.add("admin", bearer(ADMIN_TOKEN))
        open_trust.configure(viewer_password=PASSWORD, admin_token=ADMIN_TOKEN)
        assert await guests.left() == {"admin"}
        nursery.cancel_scope.cancel()


async def test_without_a_password_any_more_nobody_has_to_go(trust: Trust) -> None:
    # Whoever came by password reconnects at once, and needs none.
    async with trio.open_nursery() as nursery:
        guests = Guests(trust, nursery)
        await guests.add("friend of 1", link(trust.make_link(1, 1, 60)))
        await guests.add("stranger", STRANGER)
        trust.configure(viewer_password=None, admin_token=None)
        assert await guests.left() == {"friend of 1", "stranger"}
        nursery.cancel_scope.cancel()


async def test_the_time_of_a_link_ends_what_rests_on_it(
    trust: Trust, autojump_clock: trio.testing.MockClock
) -> None:
    friend = await trust.authenticate(link(trust.make_link(1, 1, 60)))
    with trust.held(friend) as scope:
        await trio.sleep_forever()
    assert scope.cancelled_caught
    assert trio.current_time() == pytest.approx(60)


async def test_what_fell_before_the_block_began_ends_it_at_once(trust: Trust) -> None:
    viewer = await trust.authenticate(basic(PASSWORD))
    trust.configure(viewer_password="new", admin_token=None)
    with trust.held(viewer) as scope:
        await trio.sleep_forever()
    assert scope.cancelled_caught


async def test_nothing_is_kept_of_who_has_left(trust: Trust) -> None:
    viewer = await trust.authenticate(basic(PASSWORD))
    with trust.held(viewer), trust.held(viewer):
        assert len(trust._tenures) == 2
    with pytest.raises(KeyError), trust.held(viewer):
        raise KeyError
    assert len(trust._tenures) == 0
