"""Who broke the protocol, and what to tell them."""

from typing import Final

PROTOCOL_ERROR: Final = 1002
INVALID_PAYLOAD: Final = 1007
POLICY_VIOLATION: Final = 1008
MESSAGE_TOO_BIG: Final = 1009
"""WebSocket close codes, RFC 6455, section 7.4.1."""

INVALID_TOKEN: Final = "Invalid token"
INVALID_CLIENT_INFO: Final = "Invalid client info"
"""Reasons that more than one place gives, word for word what peers see."""


class ProtocolError(Exception):
    """The wire protocol was broken, by us or by the other side."""


class LocalProtocolError(ProtocolError):
    """Our own code asked for something that the protocol does not allow: a bug on this side."""


class RemoteProtocolError(ProtocolError):
    """The other side sent something that the protocol does not allow.

    code: WebSocket close code to answer with (1002, 1007, 1008 or 1009).
    reason: text for the close frame, below the 123 bytes that RFC 6455 leaves for it.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason} ({self.code})"
