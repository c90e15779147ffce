"""The numbers of the protocol, each with its reason."""

from typing import Final

INGEST_PATH: Final = "/video-input-stream"
"""Path of the WebSocket on which a publisher sends its frames."""

SERVICE_TYPE: Final = "_camserve._tcp.local."
"""What servers are announced as, and looked for, on a local network (DNS-SD, RFC 6763)."""

SUBPROTOCOL: Final = "camserve.v1"
"""WebSocket subprotocol: whoever offers it understands demand messages. Old publishers offer
nothing, and their readers die of a message they do not know."""

MAX_INT32: Final = 2**31 - 1
"""Every integer on the wire is a signed 32-bit one; the highest camera id and frame length."""

MAX_TOKEN_BYTES: Final = 1024
"""Our own tokens are 64 characters; tokens taken over from elsewhere may be longer."""

MAX_FRAME_BYTES: Final = 8 * 1024 * 1024
"""Default of the longest frame. A 12-megapixel JPEG at quality 90 is about 5 MiB."""

MAX_UNVERIFIED_BYTES: Final = 64 * 1024
"""What a stranger may make us hold before its token is verified. One read of a socket brings at
most this much, so a publisher that sends its first frame along with its token fits."""

MAX_PADDING_BYTES: Final = 64 * 1024
"""What may follow the end of a JPEG and is cut. Hardware encoders fill up to the end of their
buffer; more than this is no padding but a broken frame."""

MAX_CLIENT_INFO_BYTES: Final = 1024
"""The JSON that opens an old viewer's socket: a token and an id, about 100 bytes."""

MAX_VIEWER_BYTES: Final = 64 * 1024
"""What a viewer's socket may make us hold: more than 5,000 moves."""

MAX_JPEG_STEPS: Final = 1024
"""Segments and fill bytes we look at to find a picture's size. An ICC profile may take 255
segments; a file of a million empty ones must not keep the server busy."""

UNLIMITED_FPS: Final = 1000.0
"""The frame rate of a demand that sets no bound: more than a camera gives, and unlike infinity it
survives a receiver that makes an integer of it."""
