"""Cookies, links and codes: what the server signs, and for how long it believes it."""

import string
from collections.abc import Callable
from dataclasses import replace

import pytest
import trio
import trio.testing

from camserve.trust import Claim, Means, Role, Trust, WrongProofError, admin_code, link_token
from camserve.trust.trust import ADMIN_SESSION, VIEWER_SESSION

from .conftest import (
    ADMIN_TOKEN,
    HOME,
    PASSWORD,
    SECRET,
    House,
    basic,
    bearer,
    link,
    role_of,
    session,
)

IN_URLS = set(string.ascii_letters + string.digits + "._~-")


async def cookie(trust: Trust, claim: Claim) -> str:
    return trust.session(await trust.authenticate(claim)).value


@pytest.mark.parametrize(
    ("claim", "role", "seconds"),
    [
        (basic(PASSWORD), Role.VIEWER, VIEWER_SESSION),
        (bearer(ADMIN_TOKEN), Role.ADMIN, ADMIN_SESSION),
    ],
    ids=["viewer", "admin"],
)
async def test_a_session_lasts_over_restarts_until_its_time_is_over(
    house: House, claim: Claim, role: Role, seconds: float
) -> None:
    before = house.trust()
    ticket = before.session(await before.authenticate(claim))
    assert ticket.max_age == seconds
    assert set(ticket.value) <= IN_URLS
    after = house.trust()
    house.now += seconds - 1
    seen = await after.authenticate(session(ticket.value))
    assert (seen.role, seen.means, seen.camera) == (role, Means.SESSION, None)
    house.now += 1
    assert await role_of(after, session(ticket.value)) is Role.STRANGER


async def test_a_session_that_comes_from_a_session_does_not_last_longer(
    trust: Trust, house: House
) -> None:
    first = await cookie(trust, basic(PASSWORD))
    house.now += 1000
    again = trust.session(await trust.authenticate(session(first)))
    assert again.max_age == VIEWER_SESSION - 1000


@pytest.mark.parametrize("claim", [basic(PASSWORD), bearer(ADMIN_TOKEN)], ids=["viewer", "admin"])
async def test_a_session_ends_with_what_it_rests_on(house: House, claim: Claim) -> None:
    trust = house.trust()
    role = await role_of(trust, claim)
    ticket = await cookie(trust, claim)
    # The other word has nothing to do with it.
    if role is Role.VIEWER:
        trust.configure(viewer_password=PASSWORD, admin_token="new")
    else:
        trust.configure(viewer_password="new", admin_token=ADMIN_TOKEN)
    assert await role_of(trust, session(ticket)) is role
    trust.configure(viewer_password="new", admin_token="new")
    assert await role_of(trust, session(ticket)) is Role.STRANGER


async def test_an_old_cookie_is_no_wrong_proof(
    trust: Trust, autojump_clock: trio.testing.MockClock
) -> None:
    # The browser sends it with every request for the login page's pictures, too.
    for old in ("", "x", "é", "a.b.c", "." * 5000):
        assert await role_of(trust, session(old)) is Role.STRANGER
    assert (trust.failures, trio.current_time()) == (0, 0)


async def test_a_link_shows_one_camera_until_its_time_is_over(
    trust: Trust, house: House, autojump_clock: trio.testing.MockClock
) -> None:
    token = trust.make_link(2, 1, 60)
    assert set(token) <= IN_URLS
    assert token == link_token(SECRET, 2, 1, house.now + 60)
    for claim in (link(token), bearer(token)):
        seen = await trust.authenticate(claim)
        assert (seen.role, seen.means, seen.camera) == (Role.VIEWER, Means.LINK, 2)
        assert seen.expires_at == house.now + 60
        assert (seen.may_see(2), seen.may_see(1)) == (True, False)
    house.now += 60
    for claim in (link(token), bearer(token)):
        with pytest.raises(WrongProofError):
            await trust.authenticate(claim)


async def test_a_link_makes_a_session_of_the_same_bounds(trust: Trust, house: House) -> None:
    ticket = trust.session(await trust.authenticate(link(trust.make_link(2, 1, 60))))
    assert ticket.max_age == 60
    seen = await trust.authenticate(session(ticket.value))
    assert (seen.role, seen.camera, seen.expires_at) == (Role.VIEWER, 2, house.now + 60)
    house.generations[2] = 2
    assert await role_of(trust, session(ticket.value)) is Role.STRANGER


async def test_a_session_of_a_link_for_years_lasts_as_long_as_any_other(trust: Trust) -> None:
    seen = await trust.authenticate(link(trust.make_link(2, 1, 10 * VIEWER_SESSION)))
    assert trust.session(seen).max_age == VIEWER_SESSION


@pytest.mark.parametrize("generation", [2, None], ids=["rotated", "removed"])
async def test_a_link_ends_with_the_token_of_its_camera(
    trust: Trust, house: House, generation: int | None, autojump_clock: trio.testing.MockClock
) -> None:
    token = trust.make_link(2, 1, 60)
    del house.generations[2]
    if generation is not None:
        house.generations[2] = generation
    with pytest.raises(WrongProofError):
        await trust.authenticate(link(token))


def _of_another_camera(token: str) -> str:
    return "1" + token[1:]


def _longer(token: str) -> str:
    camera, generation, expires_at, signature = token.split(".")
    return f"{camera}.{generation}.{int(expires_at) + 1}.{signature}"


@pytest.mark.parametrize(
    "forge",
    [
        _of_another_camera,
        _longer,
        lambda token: token[:-5] + "AAAAA",
        lambda token: token.rpartition(".")[0],
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token + "\u00e9",
        lambda token: "",
        lambda token: link_token(b"another secret of a server", 2, 1, 2e9),
    ],
)
async def test_nobody_else_makes_links(
    trust: Trust, forge: Callable[[str], str], autojump_clock: trio.testing.MockClock
) -> None:
    with pytest.raises(WrongProofError):
        await trust.authenticate(link(forge(trust.make_link(2, 1, 60))))


async def test_what_is_signed_for_one_purpose_is_worth_nothing_for_another(
    trust: Trust, house: House, autojump_clock: trio.testing.MockClock
) -> None:
    ticket = await cookie(trust, bearer(ADMIN_TOKEN))
    code = admin_code(SECRET)
    token = trust.make_link(1, 1, 60)
    house.codes = {ticket, token}
    for claim in (link(ticket), link(code), bearer(ticket), bearer(code)):
        with pytest.raises(WrongProofError):
            await trust.authenticate(claim)
    for value in (code, token):
        assert await role_of(trust, session(value)) is Role.STRANGER
    for value in (ticket, token):
        with pytest.raises(WrongProofError):
            await trust.log_in_by_code(value, Claim(HOME))


async def test_a_code_logs_an_admin_in_once(
    trust: Trust, house: House, autojump_clock: trio.testing.MockClock
) -> None:
    code = admin_code(SECRET)
    house.codes = {code}
    seen = await trust.log_in_by_code(code, Claim(HOME))
    assert (seen.role, seen.expires_at) == (Role.ADMIN, house.now + ADMIN_SESSION)
    ticket = trust.session(seen)
    assert ticket.max_age == ADMIN_SESSION
    assert await role_of(house.trust(), session(ticket.value)) is Role.ADMIN
    with pytest.raises(WrongProofError):
        await trust.log_in_by_code(code, Claim(HOME))
    assert (trust.failures, trio.current_time()) == (1, 0.25)
    # It rests on the admin token, even on that there is none.
    trust.configure(viewer_password=PASSWORD, admin_token="new")
    assert await role_of(trust, session(ticket.value)) is Role.STRANGER


async def test_a_code_of_a_stranger_never_gets_to_the_database(
    trust: Trust, house: House, autojump_clock: trio.testing.MockClock
) -> None:
    for code in ("", "x", "x.y", "é", admin_code(b"another secret of a server")):
        with pytest.raises(WrongProofError):
            await trust.log_in_by_code(code, Claim(HOME))
    assert house.asked_codes == []


async def test_codes_differ(trust: Trust) -> None:
    codes = {admin_code(SECRET) for _ in range(10)}
    assert len(codes) == 10
    assert set().union(*codes) <= IN_URLS


async def test_open_viewing_is_more_than_a_link_or_its_session(open_trust: Trust) -> None:
    token = open_trust.make_link(1, 1, 60)
    seen = await open_trust.authenticate(link(token), wanted=Role.VIEWER)
    assert seen.may_see(2)
    ticket = open_trust.session(replace(seen, camera=1, basis="link:1:1"))
    assert (await open_trust.authenticate(session(ticket.value))).may_see(2)
