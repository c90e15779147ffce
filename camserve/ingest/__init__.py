"""Cameras in: from an accepted connection to frames in the hub."""

from .listener import Ingest

__all__ = ["Ingest"]
