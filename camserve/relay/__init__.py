"""Frames change hands here; see hub.py. Every method is sync but the waits of a viewer."""

from .demand import Demand
from .frame import Frame
from .hub import Hub
from .presence import State
from .publisher import Ending, Message, Move, Publisher, Update
from .rate import Rate
from .subscription import Subscription
from .viewer import Viewer

__all__ = [
    "Demand",
    "Ending",
    "Frame",
    "Hub",
    "Message",
    "Move",
    "Publisher",
    "Rate",
    "State",
    "Subscription",
    "Update",
    "Viewer",
]
