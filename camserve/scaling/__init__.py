"""Smaller pictures: frames scaled down by OpenCV, once for all who want the same; see scaler.py."""

from .picture import ScalingError, ScalingUnavailableError, UndecodableError, require_opencv
from .scaler import MAX_WIDTHS, Scaler

__all__ = [
    "MAX_WIDTHS",
    "Scaler",
    "ScalingError",
    "ScalingUnavailableError",
    "UndecodableError",
    "require_opencv",
]
