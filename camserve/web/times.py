"""Times as answers give them."""

from datetime import UTC, datetime

from camserve.relay import Frame


def iso_time(frame: Frame | None) -> str | None:
    """When the frame arrived: ISO 8601, UTC with Z; None for no frame."""
    if frame is None:
        return None
    moment = datetime.fromtimestamp(frame.arrived_at, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
