"""Frames change hands here; see hub.py. Every method is sync but the waits of a viewer."""

from .frame import Frame
from .hub import Hub
from .presence import State
from .publisher import Ending, Move, Publisher, Update
from .rate import Rate
from .subscription import Subscription
from .viewer import Viewer

__all__ = [
    "Ending",
    "Frame",
    "Hub",
    "Move",
    "Publisher",
    "Rate",
    "State",
    "Subscription",
    "Update",
    "Viewer",
]
