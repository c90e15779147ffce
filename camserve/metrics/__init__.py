"""What the server is doing: for Prometheus, for `camserve status`, for whoever asks if it is ready.

Nothing is counted here: everyone else counts in plain numbers, which are read when somebody asks.
"""

from .exposition import exposition
from .loop_lag import LoopLag
from .readiness import Readiness
from .report import report
from .sources import Sources

__all__ = ["LoopLag", "Readiness", "Sources", "exposition", "report"]
