"""What a certificate says of itself, without a library that reads certificates.

Python's ssl tells only what it has verified in a handshake. So both sides of one are played here,
in memory, by a client to whom this very certificate is an authority.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

_STEPS = 8  # of a handshake; two are enough


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What is of use in the certificate.

    names: those of hosts that it is for, without wildcards, in its order
    ends_at: Unix seconds; None: not known
    fault: why clients refuse it whoever they trust, as it has expired; None: nothing is known
    """

    names: tuple[str, ...] = ()
    ends_at: float | None = None
    fault: str | None = None


def certificate_facts(context: ssl.SSLContext, certfile: Path) -> CertificateFacts:
    """Read the certificate that `context` shows, and that stands in `certfile`."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    # The certificate itself is enough, whoever signed it.
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        client.load_verify_locations(certfile)
        shown = _shake_hands(client, context)
    except ssl.SSLCertVerificationError as error:
        return CertificateFacts(fault=error.verify_message)
    except (ssl.SSLError, OSError):
        return CertificateFacts()
    names = shown.get("subjectAltName")
    ends = shown.get("notAfter")
    return CertificateFacts(
        names=tuple(
            str(name)
            for kind, name in (names if isinstance(names, tuple) else ())
            if kind == "DNS" and "*" not in str(name)
        ),
        ends_at=ssl.cert_time_to_seconds(ends) if isinstance(ends, str) else None,
    )


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> dict[str, object]:
    """Returns the certificate that the client got. Raises: ssl.SSLError."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(_STEPS):
        for side in (asking, answering):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            if side is asking:
                return dict(asking.getpeercert() or {})
    return {}
