"""Who may do what: the one place that decides."""

import hmac

from quart import request

from .answers import AnswerError
from .site import site


def require_admin() -> None:
    """Let an admin pass, who sends the admin token as a Bearer token.

    Raises:
        AnswerError: 403 when this server knows no admin, 401 for a missing or wrong token.
    """
    expected = site().admin_token
    if expected is None:
        raise AnswerError(403, "This server has no admin: CAMSERVE_ADMIN_TOKEN is not set")
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # Headers come as Latin-1, whatever their bytes meant.
    right = hmac.compare_digest(given.strip().encode("latin-1", "replace"), expected.encode())
    if scheme.lower() != "bearer" or not right:
        raise AnswerError(
            401, "The admin token is missing or wrong", {"WWW-Authenticate": "Bearer"}
        )
