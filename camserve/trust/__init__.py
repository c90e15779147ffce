"""Who may do what: passwords, tokens, sessions and links, and when they end.

`Trust.authenticate` is the one place that decides; the web only asks.
"""

from .roles import STRANGER, Claim, Identity, Means, Role

__all__ = ["STRANGER", "Claim", "Identity", "Means", "Role"]
