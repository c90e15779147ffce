"""A Trust with a clock, cameras and codes that the test holds in its hands."""

import base64
from dataclasses import dataclass, field

import pytest
import trio

from camserve.trust import Claim, Role, Trust

SECRET = b"a secret of the tests, long enough"
PASSWORD = "correct horse"
ADMIN_TOKEN = "battery staple"
NOW = 1_700_000_000.0
HOME = "192.0.2.1"


@dataclass
class House:
    """Whom `trust` knows, and what time it is."""

    now: float = NOW
    generations: dict[int, int] = field(default_factory=lambda: {1: 1, 2: 1})
    codes: set[str] = field(default_factory=set)
    asked_codes: list[str] = field(default_factory=list)

    def trust(
        self,
        password: str | None = PASSWORD,
        admin_token: str | None = ADMIN_TOKEN,
        secret: bytes = SECRET,
    ) -> Trust:
        """A new one: what is older lives on only in what it has signed."""
        trust = Trust(
            secret,
            generation=self.generations.get,
            take_code=self._take_code,
            wall_clock=lambda: self.now,
        )
        trust.configure(viewer_password=password, admin_token=admin_token)
        return trust

    async def _take_code(self, code: str) -> bool:
        await trio.lowlevel.checkpoint()
        self.asked_codes.append(code)
        found = code in self.codes
        self.codes.discard(code)
        return found


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def trust(house: House) -> Trust:
    """With a password and an admin token, and the cameras 1 and 2."""
    return house.trust()


@pytest.fixture
def open_trust(house: House) -> Trust:
    """Without a password, with an admin token."""
    return house.trust(password=None)


def basic(password: str | bytes, user: str = "anybody", address: str = HOME) -> Claim:
    secret = password.encode() if isinstance(password, str) else password
    pair = base64.b64encode(user.encode() + b":" + secret).decode()
    return Claim(address, authorization=f"Basic {pair}")


def bearer(token: str, address: str = HOME) -> Claim:
    return Claim(address, authorization=f"Bearer {token}")


def session(value: str, address: str = HOME) -> Claim:
    return Claim(address, session=value)


def link(token: str, address: str = HOME) -> Claim:
    return Claim(address, token=token)


async def role_of(trust: Trust, claim: Claim) -> Role:
    return (await trust.authenticate(claim)).role
