"""Frames change hands here; see hub.py. Every method is sync but the waits of a viewer."""

from .demand import Demand
from .feed import CameraFullError, CameraLimits
from .frame import Frame
from .histogram import Histogram
from .hub import Hub
from .presence import State
from .publisher import Ending, Message, Move, Publisher, Update
from .rate import Rate
from .subscription import Subscription
from .traffic import Delivered, Traffic
from .viewer import Viewer

__all__ = [
    "CameraFullError",
    "CameraLimits",
    "Delivered",
    "Demand",
    "Ending",
    "Frame",
    "Histogram",
    "Hub",
    "Message",
    "Move",
    "Publisher",
    "Rate",
    "State",
    "Subscription",
    "Traffic",
    "Update",
    "Viewer",
]
