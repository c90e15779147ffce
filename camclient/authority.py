"""Whom this camera believes that a server is the one it says it is."""

import ssl
from pathlib import Path


class AuthorityError(Exception):
    """The file of an authority cannot be used; the message is one line that names it."""


def trusting(ca_file: Path | None) -> ssl.SSLContext | None:
    """What to connect with to servers that this authority certified, and to no others.

    ca_file: PEM, one certificate or more; None: the system's authorities, which is None, too

    Raises: AuthorityError.
    """
    if ca_file is None:
        return None
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # it verifies, the name included
        context.load_verify_locations(ca_file)
        # A server's own certificate may stand there, too, instead of an authority's.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    except ssl.SSLError as error:
        raise AuthorityError(
            f"{ca_file} holds no certificate in PEM format (see --ca-file)"
        ) from error
    except OSError as error:
        raise AuthorityError(f"{ca_file}: {error.strerror or error} (see --ca-file)") from error
    return context
