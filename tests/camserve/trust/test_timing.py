"""How long a refusal takes says nothing about how much of the proof was right.

The clock of a shared machine proves nothing here, so this looks at how things are compared: always
by hmac.compare_digest, as often and over as many bytes for every wrong proof of one kind.
`python -m tests.bench.refusals` measures.
"""

import hmac
from collections.abc import Callable

import pytest
import trio
import trio.testing

from camserve.registry import Camera, Tokens
from camserve.trust import Claim, Trust, WrongProofError

from .conftest import ADMIN_TOKEN, PASSWORD, SECRET, basic, bearer, link, role_of, session

CAMERA = Camera(1, "front", "", False, False, 1, None)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The lengths of all that is compared."""
    lengths: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def comparing(first: bytes, second: bytes) -> bool:
        lengths.append((len(first), len(second)))
        return compare(first, second)

    monkeypatch.setattr(hmac, "compare_digest", comparing)
    return lengths


def almost(right: str) -> list[str]:
    """As long as what is right, and right in the first n characters, for each n."""
    return [
        right[:count] + ("x" if right[count] != "x" else "y") * (len(right) - count)
        for count in range(len(right))
    ]


@pytest.mark.parametrize(
    ("right", "claim"),
    [
        (lambda trust: PASSWORD, basic),
        (lambda trust: PASSWORD, bearer),
        (lambda trust: ADMIN_TOKEN, bearer),
        (lambda trust: trust.make_link(1, 1, 60), link),
    ],
    ids=["basic", "bearer", "admin token", "link"],
)
async def test_wrong_proofs_are_all_compared_alike(
    trust: Trust,
    compared: list[tuple[int, int]],
    right: Callable[[Trust], str],
    claim: Callable[[str], Claim],
    autojump_clock: trio.testing.MockClock,
) -> None:
    proof = right(trust)
    await trust.authenticate(claim(proof))
    assert compared
    seen = set()
    for wrong in almost(proof):
        compared.clear()
        # Links that do not even have the form of one are refused by their form, which is no secret.
        if claim is link and wrong.count(".") < 3:
            continue
        with pytest.raises(WrongProofError):
            await trust.authenticate(claim(wrong))
        assert compared
        seen.add(tuple(compared))
    assert len(seen) == 1
    assert all(first == second for pairs in seen for first, second in pairs)


async def test_sessions_are_all_compared_alike(
    trust: Trust, compared: list[tuple[int, int]]
) -> None:
    value = trust.session(await trust.authenticate(basic(PASSWORD))).value
    body, _, signature = value.rpartition(".")
    seen = set()
    for wrong in almost(signature):
        compared.clear()
        await role_of(trust, session(f"{body}.{wrong}"))
        seen.add(tuple(compared))
    assert seen == {((32, 32),)}


def test_camera_tokens_are_all_compared_alike(compared: list[tuple[int, int]]) -> None:
    tokens = Tokens(SECRET)
    seen = set()
    for wrong in almost(tokens.token(CAMERA)):
        compared.clear()
        assert not tokens.verify(CAMERA, wrong)
        seen.add(tuple(compared))
    assert seen == {((64, 64),) * 3}
