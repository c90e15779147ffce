"""A model of a publisher's connection: what should be known at which byte of the stream."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from camserve.wire import (
    NEED_DATA,
    PAUSED,
    CameraIdReceived,
    FrameReceived,
    KeepAliveReceived,
    LocalProtocolError,
    PublisherEvent,
    RemoteProtocolError,
    ServerConnection,
    State,
    TokenReceived,
)

from .streams import frame, hello, int32

LIMIT = 60


class PublisherModel(RuleBasedStateMachine):
    """At every moment the connection gives what the bytes delivered so far say, and no more.

    The publisher's side adds to `stream`; the network delivers any part of it; the server asks
    and accepts whenever it likes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.connection = ServerConnection(max_frame_bytes=LIMIT)
        self.stream = hello(5, b"token")
        self.delivered = 0
        #: What is to come: (place in the stream where it is known, event or None for an error).
        self.to_come: list[tuple[int, PublisherEvent | None]] = [
            (4, CameraIdReceived(5)),
            (len(self.stream), TokenReceived("token")),
        ]
        self.taken_until = 0
        self.paused = False
        self.accepted = False
        self.broken = False  # the stream has a wrong length in it
        self.failed = False  # and the server has seen it

    @property
    def known(self) -> bool:
        """Whether the next thing to come has been delivered."""
        return bool(self.to_come) and self.to_come[0][0] <= self.delivered

    @precondition(lambda self: not self.broken)
    @rule(payload=st.binary(min_size=1, max_size=LIMIT))
    def send_frame(self, payload: bytes) -> None:
        self.stream += frame(payload)
        self.to_come.append((len(self.stream), FrameReceived(payload)))

    @precondition(lambda self: not self.broken)
    @rule()
    def send_keep_alive(self) -> None:
        self.stream += int32(0)
        self.to_come.append((len(self.stream), KeepAliveReceived()))

    @precondition(lambda self: not self.broken)
    @rule(length=st.sampled_from([-1, LIMIT + 1]), rest=st.binary(max_size=LIMIT))
    def send_wrong_length(self, length: int, rest: bytes) -> None:
        self.stream += int32(length)
        self.to_come.append((len(self.stream), None))
        self.stream += rest
        self.broken = True

    @rule(count=st.integers(min_value=0, max_value=2 * LIMIT))
    def deliver(self, count: int) -> None:
        piece = self.stream[self.delivered : self.delivered + count]
        self.connection.receive_data(piece)
        self.delivered += len(piece)

    @rule()
    def ask(self) -> None:
        if self.failed or (self.known and not self.paused and self.to_come[0][1] is None):
            with pytest.raises(RemoteProtocolError):
                self.connection.next_event()
            self.failed = True
        elif self.paused:
            assert self.connection.next_event() is PAUSED
        elif self.known:
            self.taken_until, event = self.to_come.pop(0)
            assert self.connection.next_event() == event
            self.paused = isinstance(event, TokenReceived)
        else:
            assert self.connection.next_event() is NEED_DATA

    @precondition(lambda self: self.paused)
    @rule()
    def accept(self) -> None:
        self.connection.accept()
        self.paused = False
        self.accepted = True

    @precondition(lambda self: not self.paused)
    @rule()
    def accept_at_the_wrong_time(self) -> None:
        with pytest.raises(RemoteProtocolError if self.failed else LocalProtocolError):
            self.connection.accept()

    @invariant()
    def holds_just_what_was_not_taken(self) -> None:
        # A length that was read is taken as well, though it gives no event by itself.
        held, untaken = self.connection.buffered_bytes, self.delivered - self.taken_until
        assert held == 0 if self.failed else untaken - 8 <= held <= untaken

    @invariant()
    def knows_frames_only_after_accept(self) -> None:
        frames = {State.FRAME_LENGTH, State.FRAME_PAYLOAD, State.ERROR}
        assert (self.connection.state in frames) == self.accepted
        assert (self.connection.state is State.UNVERIFIED) == self.paused
        assert (self.connection.state is State.ERROR) == self.failed


TestPublisherModel = pytest.mark.fuzz(PublisherModel.TestCase)
