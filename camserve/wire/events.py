"""What a connection can tell its caller: one class for each thing that arrived."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final


class Waiting(Enum):
    """Why there is no event now."""

    NEED_DATA = auto()
    """Feed more with `receive_data`, then ask again."""
    PAUSED = auto()
    """The token was handed out; nothing after it is looked at before `accept`."""


NEED_DATA: Final = Waiting.NEED_DATA
PAUSED: Final = Waiting.PAUSED


@dataclass(frozen=True, slots=True)
class CameraIdReceived:
    """A publisher named its camera.

    camera_id: any signed 32-bit integer; whether such a camera exists is for the caller to say.
    """

    camera_id: int


@dataclass(frozen=True, slots=True)
class TokenReceived:
    """A publisher showed its token; the connection is paused until `accept`.

    token: 1 to 1024 bytes of UTF-8, decoded. Kept out of `repr`, so that no log shows it.
    """

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """A frame arrived whole.

    payload: 1 to `max_frame_bytes` bytes, not yet checked to be a JPEG: see `trim_jpeg`.
    """

    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeepAliveReceived:
    """A frame length of 0 arrived: the publisher lives, though it has no picture to send."""


@dataclass(frozen=True, slots=True)
class MoveReceived:
    """A camera shall turn.

    x: pitch, y: yaw, each -1 to 1.
    """

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class UpdateRequested:
    """A camera shall update itself and restart."""


@dataclass(frozen=True, slots=True)
class DemandReceived:
    """The most that any viewer of this camera wants now.

    fps: frames per second, 0 or more; 0 means that nobody watches.
    width: pixels, 0 or more; 0 means the full width.
    """

    fps: float
    width: int


@dataclass(frozen=True, slots=True)
class ClientInfoReceived:
    """An old viewer said whom it wants to see.

    camera_id: a signed 32-bit integer; whether such a camera exists is for the caller to say.
    token: text that can be encoded as UTF-8, or None when the viewer sent none.
    """

    camera_id: int
    token: str | None = field(repr=False)


PublisherEvent = CameraIdReceived | TokenReceived | FrameReceived | KeepAliveReceived
"""What `ServerConnection` gives."""

BackChannelEvent = MoveReceived | UpdateRequested | DemandReceived
"""What `ClientConnection` gives."""

ViewerEvent = ClientInfoReceived | MoveReceived
"""What `ViewerConnection` gives."""
