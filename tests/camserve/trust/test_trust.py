"""Who is who by password, token and nothing at all."""

from collections.abc import Callable

import pytest
import trio

from camserve.trust import (
    Claim,
    InvalidPasswordError,
    Means,
    Role,
    Trust,
    WrongProofError,
    local_token,
)
from camserve.trust.authorization import MAX_COMPOSED

from .conftest import ADMIN_TOKEN, HOME, PASSWORD, SECRET, House, basic, bearer, role_of, session

WRONG = [
    Claim(HOME, authorization=""),
    Claim(HOME, authorization="Basic"),
    Claim(HOME, authorization="Basic Y29ycmVjdCBob3JzZQ=="),  # the password without a user
    Claim(HOME, authorization="Basic !"),
    Claim(HOME, authorization="Basic \xe9"),
    Claim(HOME, authorization=f"Digest {PASSWORD}"),
    Claim(HOME, authorization=PASSWORD),
    Claim(HOME, token=PASSWORD),
    Claim(HOME, token=""),
    Claim(HOME, token="1.1.1.\ud800"),
    basic(""),
    basic(PASSWORD + " "),
    basic(PASSWORD[:-1]),
    basic(b"\xff\xfe"),
    bearer(""),
    bearer("\u20ac"),
    bearer(ADMIN_TOKEN.upper()),
]


@pytest.mark.parametrize(
    ("claim", "role", "means"),
    [
        (Claim(HOME), Role.STRANGER, Means.NOTHING),
        (basic(PASSWORD), Role.VIEWER, Means.BASIC),
        (basic(PASSWORD, user=""), Role.VIEWER, Means.BASIC),
        (bearer(PASSWORD), Role.VIEWER, Means.BEARER),
        (Claim(HOME, authorization=f"bEARER   {PASSWORD} "), Role.VIEWER, Means.BEARER),
        (bearer(ADMIN_TOKEN), Role.ADMIN, Means.BEARER),
        (basic(ADMIN_TOKEN), Role.ADMIN, Means.BASIC),
    ],
)
async def test_who_is_who(trust: Trust, claim: Claim, role: Role, means: Means) -> None:
    identity = await trust.authenticate(claim)
    assert (identity.role, identity.means) == (role, means)
    assert (identity.camera, identity.expires_at) == (None, None)
    assert identity.may_see(1) == (role >= Role.VIEWER)
    assert trust.failures == 0


@pytest.mark.parametrize("claim", WRONG, ids=ascii)
async def test_what_is_wrong(
    trust: Trust, claim: Claim, autojump_clock: trio.testing.MockClock
) -> None:
    with pytest.raises(WrongProofError):
        await trust.authenticate(claim)
    assert (trust.failures, trio.current_time()) == (1, 0.25)


@pytest.mark.parametrize("claim", [*WRONG, Claim(HOME), basic("x"), bearer("x"), session("x")])
async def test_without_a_password_everybody_watches(open_trust: Trust, claim: Claim) -> None:
    identity = await open_trust.authenticate(claim, wanted=Role.VIEWER)
    assert (identity.role, identity.means) == (Role.VIEWER, Means.NOTHING)
    assert open_trust.failures == 0


async def test_a_proof_that_is_ignored_takes_no_time(
    open_trust: Trust, autojump_clock: trio.testing.MockClock
) -> None:
    await open_trust.authenticate(bearer("wrong"), wanted=Role.VIEWER)
    assert trio.current_time() == 0


async def test_an_admin_of_an_open_server(
    open_trust: Trust, autojump_clock: trio.testing.MockClock
) -> None:
    assert open_trust.is_open
    assert await role_of(open_trust, bearer(ADMIN_TOKEN)) is Role.ADMIN
    with pytest.raises(WrongProofError):
        await open_trust.authenticate(bearer("wrong"))
    assert (open_trust.failures, trio.current_time()) == (1, 0.25)


async def test_where_everybody_may_be_no_answer_tells_whether_a_word_was_right(
    open_trust: Trust, house: House
) -> None:
    # A token in a header passes where a page elsewhere does not; that would be a free guess.
    for claim in (bearer(ADMIN_TOKEN), basic(ADMIN_TOKEN), bearer("wrong")):
        identity = await open_trust.authenticate(claim, wanted=Role.VIEWER)
        assert (identity.role, identity.means) == (Role.VIEWER, Means.NOTHING)
    token = local_token(SECRET, house.now + 10)  # nobody guesses this one
    assert (await open_trust.authenticate(bearer(token), wanted=Role.VIEWER)).role is Role.ADMIN


async def test_where_nothing_can_be_guessed_nobody_waits(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    trust = house.trust(password=None, admin_token=None)
    assert not trust.has_admin_token
    with pytest.raises(WrongProofError):
        await trust.authenticate(bearer("anything"))
    assert (trust.failures, trio.current_time()) == (0, 0)


@pytest.mark.parametrize("typed", ["Käse", "Ka\u0308se"])
@pytest.mark.parametrize("sent", ["Käse".encode(), "Ka\u0308se".encode(), "Käse".encode("latin-1")])
async def test_a_password_is_the_same_however_it_was_typed(
    house: House, typed: str, sent: bytes
) -> None:
    trust = house.trust(password=typed)
    assert await role_of(trust, basic(sent)) is Role.VIEWER
    assert await role_of(trust, bearer(sent.decode("latin-1"))) is Role.VIEWER


async def test_a_long_password_is_compared_as_it_is(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    typed = "a\u0308" * MAX_COMPOSED
    trust = house.trust(password=typed)
    assert await role_of(trust, basic(typed)) is Role.VIEWER
    with pytest.raises(WrongProofError):
        await trust.authenticate(basic("ä" * MAX_COMPOSED))


@pytest.mark.parametrize("claimed", [basic, bearer])
async def test_a_word_that_takes_long_to_compose_holds_up_nobody(
    trust: Trust, claimed: Callable[[str], Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    composed: list[int] = []

    def normalize(_form: str, text: str) -> str:
        composed.append(len(text.encode()))
        return text

    monkeypatch.setattr("camserve.trust.authorization.unicodedata.normalize", normalize)
    marks = "a" + "\u0345" * 4000 + "\u0334" * 4000  # each of these has to pass all of those
    with pytest.raises(WrongProofError):
        await trust.authenticate(claimed(marks.encode().decode("latin-1")))
    assert max(composed, default=0) <= MAX_COMPOSED


async def test_a_wrong_word_is_not_made_good_by_what_else_is_shown(
    trust: Trust, autojump_clock: trio.testing.MockClock
) -> None:
    # Else whoever has a link could try words without waiting.
    ticket = trust.session(await trust.authenticate(basic(PASSWORD))).value
    good_link = trust.make_link(1, 1, 60)
    for more in ({"session": ticket}, {"token": good_link}):
        with pytest.raises(WrongProofError):
            await trust.authenticate(Claim(HOME, authorization="Bearer x", **more))
    assert trust.failures == 2


async def test_of_several_proofs_the_best_counts(trust: Trust) -> None:
    admin = trust.session(await trust.authenticate(bearer(ADMIN_TOKEN))).value
    good_link = trust.make_link(1, 1, 60)
    seen = await trust.authenticate(Claim(HOME, token=good_link, session=admin))
    assert (seen.role, seen.camera, seen.means) == (Role.ADMIN, None, Means.SESSION)
    shown = basic(PASSWORD).authorization
    seen = await trust.authenticate(Claim(HOME, token=good_link, authorization=shown))
    assert (seen.role, seen.camera, seen.means) == (Role.VIEWER, None, Means.BASIC)
    # An old link besides does no harm.
    await trust.authenticate(Claim(HOME, token="old", authorization=shown))


@pytest.mark.parametrize("password", ["", "$argon2id$nonsense", "$argon2"])
async def test_what_is_no_password_changes_nothing(trust: Trust, password: str) -> None:
    with pytest.raises(InvalidPasswordError):
        trust.configure(viewer_password=password, admin_token=None)
    assert not trust.is_open
    assert await role_of(trust, bearer(ADMIN_TOKEN)) is Role.ADMIN
    assert await role_of(trust, basic(PASSWORD)) is Role.VIEWER


async def test_new_words_take_the_place_of_the_old_ones(
    trust: Trust, autojump_clock: trio.testing.MockClock
) -> None:
    with pytest.raises(WrongProofError):
        await trust.authenticate(basic("new"))
    await trust.authenticate(basic(PASSWORD))
    trust.configure(viewer_password="new", admin_token="new token")
    assert await role_of(trust, basic("new")) is Role.VIEWER
    assert await role_of(trust, bearer("new token")) is Role.ADMIN
    for old in (PASSWORD, ADMIN_TOKEN):
        with pytest.raises(WrongProofError):
            await trust.authenticate(bearer(old))


async def test_a_command_on_this_machine_is_an_admin(
    trust: Trust, open_trust: Trust, house: House, autojump_clock: trio.testing.MockClock
) -> None:
    token = local_token(SECRET, house.now + 10)
    for one in (trust, open_trust):
        identity = await one.authenticate(bearer(token))
        assert (identity.role, identity.expires_at) == (Role.ADMIN, house.now + 10)
    house.now += 10
    with pytest.raises(WrongProofError):
        await trust.authenticate(bearer(token))
    with pytest.raises(WrongProofError):
        await trust.authenticate(bearer(local_token(b"another secret of a server", house.now + 10)))
