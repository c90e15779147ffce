"""Nothing that a stranger makes up proves anything, and what it changes of a real proof neither."""

import functools
from collections.abc import Awaitable, Callable

import trio
import trio.testing

from camserve.trust import STRANGER, Claim, Identity, Means, ProofError, Role, Trust
from tests.fuzz.cutting import cut

CAMERA, GENERATION = 7, 3
NOW = 1_800_000_000.0  # Unix seconds


def check(data: bytes) -> None:
    pieces = [piece.decode("latin-1") for piece in cut(data)]
    address, authorization, session, token, *_ = [*pieces, *[""] * 4]
    trust, link, cookie = trusting()
    for claim in (
        Claim(address, authorization or None, session or None, token or None),
        Claim("192.0.2.1", "Bearer " + authorization, session, None),
    ):
        assert asked(trust, claim) in {None, STRANGER}, claim
    # Base64 has bits that say nothing, so a changed one may still be the same.
    for claim, right in (
        (Claim("192.0.2.1", token=changed(link, data)), Means.LINK),
        (Claim("192.0.2.1", session=changed(cookie, data)), Means.SESSION),
    ):
        found = asked(trust, claim)
        if found not in {None, STRANGER}:
            assert found is not None
            assert (found.role, found.means, found.camera) == (Role.VIEWER, right, CAMERA), claim
    if pieces[0]:
        assert answered(lambda: trust.log_in_by_code(address, Claim("198.51.100.1"))) is None


@functools.cache
def trusting() -> tuple[Trust, str, str]:
    """A server's trust, and what it gave to a viewer: a link and a cookie."""

    async def take_code(code: str) -> bool:
        raise AssertionError("a code that was never given reaches the database")

    trust = Trust(
        b"a secret that is long enough for anybody",
        generation={CAMERA: GENERATION}.get,
        take_code=take_code,
        wall_clock=lambda: NOW,
    )
    trust.configure(viewer_password="of the viewers", admin_token="of-the-admin")
    link = trust.make_link(CAMERA, GENERATION, 3600)
    found = asked(trust, Claim("192.0.2.1", token=link))
    assert found is not None
    return trust, link, trust.session(found).value


def asked(trust: Trust, claim: Claim) -> Identity | None:
    """None: the proof is wrong."""
    return answered(lambda: trust.authenticate(claim))


def answered(ask: Callable[[], Awaitable[Identity]]) -> Identity | None:
    async def run() -> Identity | None:
        try:
            return await ask()
        except ProofError:
            return None

    # Wrong proofs are answered late.
    return trio.run(run, clock=trio.testing.MockClock(autojump_threshold=0))


def changed(signed: str, data: bytes) -> str:
    """With some characters that are others, wherever the data says; never the same."""
    characters = list(signed)
    for place, byte in zip(data[::2], data[1::2], strict=False):
        characters[place % len(characters)] = chr(byte)
    changed = "".join(characters)
    return changed if changed != signed else signed[:-1]
