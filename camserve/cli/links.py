"""`camserve admin-link` and `camserve camera share`: links for people, made beside the server."""

import logging
import re
import sys
import time
from collections.abc import Mapping
from typing import cast

from camserve.address import running_server
from camserve.cli.cameras import open_registry
from camserve.config import Config
from camserve.links import CODE_SECONDS, base_url, login_url, share_url
from camserve.registry import load_secret
from camserve.settings import Loaded
from camserve.trust import MAX_LINK_SECONDS

log = logging.getLogger(__name__)

DURATION = "a time such as 90s, 30m, 2h, 1h30m or 7d, at most 366d"
_UNITS = {"d": 24 * 3600, "h": 3600, "m": 60, "s": 1}


def admin_link(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Print a link that logs an admin in, once."""
    from camserve.trust import admin_code  # which imports a library that a camera does not need

    config = loaded.settings
    with open_registry(config) as registry:
        code = admin_code(load_secret(config.data_dir, config.secret))
        registry.add_code(code, time.time() + CODE_SECONDS)
    if config.database is None and running_server(config.data_dir) is None:
        # Most likely one runs as a service, on another directory.
        log.warning(
            "no server runs on %s: the link is good for no other one (see --data-dir)",
            config.data_dir,
        )
    sys.stdout.write(f"{login_url(base_url(config), code)}\n")


def share(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Print a link that shows one camera for a while."""
    from camserve.trust import link_token

    config = loaded.settings
    with open_registry(config) as registry:
        secret = load_secret(config.data_dir, config.secret)
        camera = registry.get(cast(int, arguments["id"]))
    expires_at = time.time() + cast(int, arguments["duration"])
    token = link_token(secret, camera.id, camera.token_generation, expires_at)
    sys.stdout.write(f"{share_url(base_url(config), token)}\n")


def parse_duration(text: str) -> int:
    """Whole seconds. Raises: ValueError."""
    parts = re.fullmatch(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", text)
    if parts is None:
        raise ValueError(text)
    counts = zip(parts.groups(default="0"), _UNITS.values(), strict=True)
    seconds = sum(int(count) * unit for count, unit in counts)
    if not 1 <= seconds <= MAX_LINK_SECONDS:
        raise ValueError(text)
    return seconds
