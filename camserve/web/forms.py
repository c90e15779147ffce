"""Multipart forms (RFC 7578), read as they arrive: in memory, never on a disk, and in small steps.

Quart would read them for us, but a stranger's eight megabytes of header parameters would hold up
every stream for seconds there; here a part's head is small, or the form is refused.
"""

from collections.abc import Awaitable, Callable, Mapping

import trio
from quart import request
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from .answers import AnswerError
from .site import site

MAX_PARTS = 16  # cameraId, token, image, and some that nobody asked for
MAX_HEAD_BYTES = 32 * 1024  # of one part; parsing the worst one takes 16 ms
STEP = 16 * 1024  # bytes that are parsed between two checkpoints
MAX_BOUNDARY = 200  # characters; RFC 2046 allows 70
BODY_TIMEOUT = 30.0  # seconds that a form may take to arrive


class FormReader:
    """Collects the wanted parts of one form. Knows nothing of connections.

    limits: wanted part, in lower case → most bytes that it may have. Other parts are skipped; of
        two with one name the first counts, whether it is a file or a plain field.
    """

    def __init__(self, boundary: bytes, limits: Mapping[str, int]) -> None:
        self.parts: dict[str, bytearray] = {}
        self.complete: dict[str, bytearray] = {}  # those that have arrived whole
        self._limits = limits
        self._decoder = MultipartDecoder(boundary, MAX_HEAD_BYTES, max_parts=MAX_PARTS)
        self._delimiter = b"--" + boundary
        self._name: str | None = None  # of the part that is arriving, if it is wanted

    def receive(self, data: bytes) -> None:
        """Take the next bytes, at most STEP.

        Raises:
            ValueError: they are no form.
            AnswerError: 413, a part is too large.
            RequestEntityTooLarge: too many parts, or the head of a part is too long.
        """
        self._decoder.receive_data(data)
        if self._is_cut_in_a_delimiter():
            return
        while not isinstance(event := self._decoder.next_event(), NeedData | Epilogue):
            if isinstance(event, Field | File):
                self._begin(event.name)
            elif isinstance(event, Data) and self._name is not None:
                self._add(self._name, event.data)
                if not event.more_data:
                    self.complete[self._name] = self.parts[self._name]

    def _is_cut_in_a_delimiter(self) -> bool:
        # There werkzeug takes the CR before the delimiter for the last byte of the part.
        _, found, behind = bytes(self._decoder.buffer).rpartition(self._delimiter)
        return bool(found) and (len(behind) < 2 or not behind.strip(b" \t"))

    def _begin(self, name: str | None) -> None:
        name = (name or "").lower()
        self._name = name if name in self._limits and name not in self.parts else None
        if self._name is not None:
            self.parts[self._name] = bytearray()

    def _add(self, name: str, data: bytes) -> None:
        part, limit = self.parts[name], self._limits[name]
        if len(part) + len(data) > limit:
            raise AnswerError(413, f"{name} is larger than {limit} bytes")
        part += data


async def read_form(
    limits: Mapping[str, int],
    *,
    check: Callable[[Mapping[str, bytearray]], None],
    make_room: Callable[[], Awaitable[None]],
) -> dict[str, bytearray]:
    """The wanted parts of the current request's form; none when it is no multipart form.

    check: called with the parts that have arrived whole, whenever there are more; may raise
    make_room: called when the form is larger than max_body_bytes; may wait, or raise

    Raises:
        AnswerError: 408 for a form that does not arrive in time, 413 for one that is too large.
        RequestEntityTooLarge: the same.
    """
    boundary = request.mimetype_params.get("boundary", "").encode("ascii", "replace")
    if request.mimetype != "multipart/form-data" or not 1 <= len(boundary) <= MAX_BOUNDARY:
        return {}
    reader = FormReader(boundary, limits)
    checked, taken = 0, 0
    with trio.move_on_after(BODY_TIMEOUT) as arriving:
        try:
            async for data in request.body:
                for start in range(0, len(data), STEP):
                    reader.receive(data[start : start + STEP])
                    if len(reader.complete) > checked:
                        checked = len(reader.complete)
                        check(reader.complete)
                    await trio.lowlevel.checkpoint()
                if taken < site().max_body_bytes <= taken + len(data):
                    await make_room()
                taken += len(data)
        except ValueError:
            return {}
    if arriving.cancelled_caught:
        raise AnswerError(408, "The form did not arrive in time")
    return reader.parts
