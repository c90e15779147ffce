"""Where the numbers are."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from camserve.registry import Catalogue
from camserve.relay import Hub

from .loop_lag import LoopLag
from .readiness import Readiness


class Connections(Protocol):
    """What is read of camserve.net.admission."""

    admitted: int
    refused: int
    gave_way: int
    gave_way_address: int

    @property
    def connections(self) -> int: ...

    @property
    def unauthenticated(self) -> int: ...


class Proofs(Protocol):
    """What is read of camserve.trust."""

    @property
    def failures(self) -> int: ...

    @property
    def slowed(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything that is read. The mappings count by words of a fixed set, since the start.

    publishers_refused: connections of cameras that were not let in, by reason
    publishers_ended: those of cameras that were, by what ended them
    answers: to HTTP requests, by status
    began: when the server started, monotonic seconds
    """

    hub: Hub
    catalogue: Catalogue
    connections: Connections
    proofs: Proofs
    publishers_refused: Mapping[str, int]
    publishers_ended: Mapping[str, int]
    answers: Mapping[int, int]
    loop_lag: LoopLag
    readiness: Readiness
    began: float = field(default_factory=time.monotonic)
