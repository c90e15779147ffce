"""What goes wrong with a socket, in the words of trio's streams."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import trio


@contextmanager
def stream_errors() -> Iterator[None]:
    """The socket's errors, and those of TLS, as those of a trio stream."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EBADF:
            raise trio.ClosedResourceError("this connection was closed") from None
        raise trio.BrokenResourceError(str(error)) from error
