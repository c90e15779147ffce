"""What the settings say of TLS, and what follows from it for the rest of the server."""

import ssl
from urllib.parse import urlsplit

from camserve.address import Addresses, reachable_host, url_host
from camserve.config import Config
from camserve.net.certificate import Certificate, CertificateError
from camserve.running import StartError
from camserve.wire import INGEST_PATH


def configured_certificate(config: Config) -> Certificate | None:
    """The certificate that the settings name; None: connections are plain.

    Raises: StartError.
    """
    if config.certfile is None:
        if config.keyfile is not None:
            message = "keyfile is given without certfile: expected both, or neither"
            raise StartError(message, is_misuse=True)
        return None
    try:
        return Certificate(config.certfile, config.keyfile)
    except CertificateError as error:
        raise StartError(f"{error} (see --certfile and --keyfile)") from error


def addresses(config: Config, *, port: int, ingest_port: int) -> Addresses:
    """How the server is reached on these ports."""
    secure = "s" if config.certfile is not None else ""
    host = url_host(reachable_host(config.host))
    ingest_host = url_host(reachable_host(config.effective_ingest_host))
    return Addresses(
        watch=f"http{secure}://{host}:{port}/",
        cameras=f"ws{secure}://{ingest_host}:{ingest_port}{INGEST_PATH}",
        links=config.public_url,
    )


def name_in_certificate(config: Config, certificate: Certificate) -> str | None:
    """By which name clients may expect the certificate; None: only by the address, if at all."""
    public = urlsplit(config.public_url).hostname if config.public_url else None
    names = certificate.facts.names
    return public if public in names else next(iter(names), None)


def trusting(config: Config) -> ssl.SSLContext | None:
    """For clients in this process: the configured certificate and no other, by any name."""
    if config.certfile is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(config.certfile)
    return context
