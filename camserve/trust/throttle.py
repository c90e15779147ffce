"""Wrong proofs take their sender's time, and not the server's."""

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import trio

from .errors import SlowDownError

FIRST_DELAY = 0.25  # seconds; a slip of the finger hardly notices it
MAX_DELAY = 3.0  # seconds
QUIET = 60.0  # seconds without a wrong proof after which an address begins anew
#: Answers that one address may have waiting. Each waits with its connection open.
MAX_WAITING = 4
#: New guesses of one address that are looked at at once, however many others come from there: as
#: long as there are some left, a right word is answered at once. A thousand find no password worth
#: the name.
GUESSES = 1000
#: And then per minute. Whoever keeps MAX_WAITING answers waiting gets as many; so the way around
#: the waiting leads nowhere.
GUESSES_PER_MINUTE = 100
#: Each takes some hundred bytes. Whoever has more addresses than this is not stopped by delays.
MAX_ADDRESSES = 4096


@dataclass(slots=True)
class _Address:
    last: float  # when its last wrong proof came, in trio's time
    failures: int = 0
    waiting: int = 0
    guesses: float = 0.0  # as of `last`; they wear off at GUESSES_PER_MINUTE

    def delay(self) -> float:
        # The exponent has a bound of its own: a float has one, too.
        return min(MAX_DELAY, FIRST_DELAY * 2.0 ** min(self.failures - 1, 10))

    def guesses_at(self, now: float) -> float:
        return max(0.0, self.guesses - (now - self.last) * GUESSES_PER_MINUTE / 60)


class Throttle:
    """Who sends wrong proofs waits for the answer, longer each time.

    failures: wrong proofs in all
    slowed: how many were answered with "slow down" instead
    on_wrong: called at each wrong proof with where it came from
    """

    def __init__(self) -> None:
        self.failures = 0
        self.slowed = 0
        self.on_wrong: Callable[[str], None] = lambda _: None
        self._addresses: OrderedDict[str, _Address] = OrderedDict()  # the last one to fail is last

    def check(self, key: str) -> None:
        """Let a new guess pass as long as this address has guesses left.

        Raises: SlowDownError.
        """
        found = self._addresses.get(key)
        if found is None:
            return
        excess = found.guesses_at(trio.current_time()) - (GUESSES - 1)
        if excess > 0:
            raise self.refusal(excess * 60 / GUESSES_PER_MINUTE)

    def refusal(self, seconds: float) -> SlowDownError:
        """The error to raise, counted."""
        self.slowed += 1
        return SlowDownError(max(1, math.ceil(seconds)))

    async def wrong(self, key: str, *, new_guess: bool) -> None:
        """Count a wrong proof of this address and wait before it is answered.

        Cancellation ends the waiting only. Raises: SlowDownError: too many answers wait.
        """
        self.failures += 1
        self.on_wrong(key)
        address = self._noted(key, new_guess=new_guess)
        if address.waiting >= MAX_WAITING:
            await trio.lowlevel.checkpoint()
            raise self.refusal(address.delay())
        address.waiting += 1
        try:
            await trio.sleep(address.delay())
        finally:
            address.waiting -= 1

    def _noted(self, key: str, *, new_guess: bool) -> _Address:
        now = trio.current_time()
        address = self._addresses.pop(key, None)
        if address is None:
            address = _Address(last=now)
        elif now - address.last > QUIET:
            address.failures = 0
        address.guesses = address.guesses_at(now) + new_guess
        address.failures += 1
        address.last = now
        self._addresses[key] = address
        if len(self._addresses) > MAX_ADDRESSES:
            self._addresses.popitem(last=False)
        return address


def address_key(address: str) -> str:
    """What stands for one sender: an IPv4 address, or the /64 that one IPv6 customer has at least.

    What is no address at all stands for itself.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))
