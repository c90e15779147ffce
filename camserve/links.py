"""How the links look that people get: to one camera, and for an admin."""

from camserve.address import reachable_host, running_server, url_host
from camserve.config import Config

CODE_SECONDS = 600.0  # for which a link that logs an admin in counts


def base_url(config: Config) -> str:
    """How links to this server begin: as the settings say, else as the running server is reached.

    When none runs, it is what the settings would give it, with PORT for a port that is not known.
    """
    if config.public_url is not None:
        return config.public_url
    running = running_server(config.data_dir)
    if running is not None:
        return running.links or running.watch
    scheme = "http" if config.certfile is None else "https"
    return f"{scheme}://{url_host(reachable_host(config.host))}:{config.port or 'PORT'}/"


def share_url(base: str, token: str) -> str:
    """The link that shows one camera.

    base: with or without its last slash; token: as camserve.trust makes it
    """
    return f"{base.rstrip('/')}/?token={token}"


def login_url(base: str, code: str) -> str:
    """The link that logs an admin in."""
    return f"{base.rstrip('/')}/login?code={code}"
