"""The bytes that have arrived and are not yet taken."""


class ReceiveBuffer:
    """Pieces go in at the back, exact numbers of bytes come out at the front.

    Cost is linear in the bytes that pass, however they are cut. The common case, a piece that
    holds whole frames, is not copied on the way in: the buffer keeps the caller's `bytes` and
    slices it, so each frame is copied once. Only when a piece ends inside a frame is the rest
    gathered in a bytearray, which grows in place and drops its front without moving the tail.
    """

    __slots__ = ("_held", "_start")

    def __init__(self) -> None:
        self._held: bytes | bytearray = b""
        self._start = 0  # what lies before was taken

    def __len__(self) -> int:
        return len(self._held) - self._start

    def append(self, data: bytes | bytearray | memoryview) -> None:
        """Hold `data` (a memoryview: of single bytes) behind what is held already.

        Later changes of a bytearray or memoryview by the caller do not reach the buffer.
        """
        if len(self):
            self._gather().extend(data)
        else:
            self._held = data if type(data) is bytes else bytearray(data)
            self._start = 0

    def take(self, count: int) -> bytes | None:
        """The first `count` bytes, which are held no longer; None when fewer are there."""
        start = self._start
        end = start + count
        held = self._held
        if end > len(held):
            if start:
                # Nothing more will be taken for a while: let go of the bytes taken before.
                self._gather()
            return None
        if isinstance(held, bytes):
            taken = held[start:end]  # the object itself when it is taken whole
        else:
            with memoryview(held) as view:  # slicing the bytearray would copy twice
                taken = bytes(view[start:end])
        if end == len(held):
            self.clear()
        else:
            self._start = end
        return taken

    def clear(self) -> None:
        """Let go of everything."""
        self._held = b""
        self._start = 0

    def _gather(self) -> bytearray:
        """Make what is held a bytearray of our own, without the part that was taken."""
        held = self._held
        if isinstance(held, bytearray):
            del held[: self._start]
        else:
            with memoryview(held) as view:
                held = bytearray(view[self._start :])
            self._held = held
        self._start = 0
        return held
