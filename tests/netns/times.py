"""How long a test of the network looks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """watched: how long the ages are looked at; down: how long a link is down. Seconds."""

    watched: float
    down: float
