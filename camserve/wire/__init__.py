"""The camera protocol without I/O, shared by the server and camclient.

A connection class takes bytes and gives events; who reads and writes sockets is elsewhere. The
bytes are described in docs/reference/protocol.md.
"""

from .backchannel import encode_demand, encode_move, encode_update
from .connection import ServerConnection
from .errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from .events import (
    NEED_DATA,
    PAUSED,
    BackChannelEvent,
    CameraIdReceived,
    ClientInfoReceived,
    DemandReceived,
    FrameReceived,
    KeepAliveReceived,
    MoveReceived,
    PublisherEvent,
    TokenReceived,
    UpdateRequested,
    ViewerEvent,
    Waiting,
)
from .jpeg import jpeg_dimensions, trim_jpeg
from .limits import (
    INGEST_PATH,
    MAX_FRAME_BYTES,
    MAX_PADDING_BYTES,
    MAX_TOKEN_BYTES,
    MAX_UNVERIFIED_BYTES,
    SERVICE_TYPE,
    SUBPROTOCOL,
    UNLIMITED_FPS,
)
from .publisher import ClientConnection
from .states import State
from .viewer import ViewerConnection

__all__ = [
    "INGEST_PATH",
    "MAX_FRAME_BYTES",
    "MAX_PADDING_BYTES",
    "MAX_TOKEN_BYTES",
    "MAX_UNVERIFIED_BYTES",
    "NEED_DATA",
    "PAUSED",
    "SERVICE_TYPE",
    "SUBPROTOCOL",
    "UNLIMITED_FPS",
    "BackChannelEvent",
    "CameraIdReceived",
    "ClientConnection",
    "ClientInfoReceived",
    "DemandReceived",
    "FrameReceived",
    "KeepAliveReceived",
    "LocalProtocolError",
    "MoveReceived",
    "ProtocolError",
    "PublisherEvent",
    "RemoteProtocolError",
    "ServerConnection",
    "State",
    "TokenReceived",
    "UpdateRequested",
    "ViewerConnection",
    "ViewerEvent",
    "Waiting",
    "encode_demand",
    "encode_move",
    "encode_update",
    "jpeg_dimensions",
    "trim_jpeg",
]
