"""The states of a publisher's connection, as the server sees it, and the table of its moves.

Theory of operation
-------------------

A publisher sends one stream of bytes, cut anywhere:

    id | token length | token | frame length | JPEG | frame length | JPEG | ...

In every state but two the server waits for a number of bytes that it knows beforehand: four for
an integer, or as many as the length before announced. So `ServerConnection` keeps just the
state and that number. Arriving bytes are put into a buffer and nothing else; `next_event` takes
the wanted number out, if they are there, and goes along one arrow of the table. No byte is looked
at twice, and a frame that is still arriving costs one comparison for each piece.

The first of the other two is UNVERIFIED. The token has been handed to the caller, who has to
compare it. Until the caller says `accept`, the connection stands still: what has arrived behind
the token is held, up to a bound, but not interpreted, so nothing that a stranger sends there can
matter.

The last is ERROR. A length that cannot be right is refused when it is read, before the bytes that
it announces are kept; the buffer is emptied, later bytes are thrown away and the same error is
raised for ever. There is no way back: after a wrong length nobody knows where the next frame
begins.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final


class State(Enum):
    """What the server waits for."""

    CAMERA_ID = auto()
    TOKEN_LENGTH = auto()
    TOKEN = auto()
    UNVERIFIED = auto()
    FRAME_LENGTH = auto()
    FRAME_PAYLOAD = auto()
    ERROR = auto()


class Step(Enum):
    """What has just happened."""

    CAMERA_ID_READ = auto()
    TOKEN_LENGTH_READ = auto()
    TOKEN_READ = auto()
    TOKEN_ACCEPTED = auto()
    KEEP_ALIVE_READ = auto()
    FRAME_LENGTH_READ = auto()
    PAYLOAD_READ = auto()
    REFUSED = auto()


TRANSITIONS: Final[Mapping[State, Mapping[Step, State]]] = {
    State.CAMERA_ID: {
        Step.CAMERA_ID_READ: State.TOKEN_LENGTH,
        Step.REFUSED: State.ERROR,  # more than a stranger may make us hold, in one piece
    },
    State.TOKEN_LENGTH: {
        Step.TOKEN_LENGTH_READ: State.TOKEN,
        Step.REFUSED: State.ERROR,  # length out of range, or too much held
    },
    State.TOKEN: {
        Step.TOKEN_READ: State.UNVERIFIED,
        Step.REFUSED: State.ERROR,  # not UTF-8, or too much held
    },
    State.UNVERIFIED: {
        Step.TOKEN_ACCEPTED: State.FRAME_LENGTH,
        Step.REFUSED: State.ERROR,  # too much held
    },
    State.FRAME_LENGTH: {
        Step.KEEP_ALIVE_READ: State.FRAME_LENGTH,
        Step.FRAME_LENGTH_READ: State.FRAME_PAYLOAD,
        Step.REFUSED: State.ERROR,  # length out of range
    },
    State.FRAME_PAYLOAD: {
        Step.PAYLOAD_READ: State.FRAME_LENGTH,
    },
    State.ERROR: {},
}
