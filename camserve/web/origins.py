"""Whether a request comes from a page of this server.

A browser sends what proves who is there (a cookie, a password that it remembers, its place in the
local network) with every request, whichever page asked for it. So what changes something, and what
no front end elsewhere has a right to, is looked at: pages cannot hide where they come from.
"""

from urllib.parse import urlsplit

from .visitor import Visitor


def is_from_own_page(visitor: Visitor, public_url: str | None) -> bool:
    """Whether it comes from a page of this server, or from no page at all.

    public_url: an address by which this server is known as well
    """
    if visitor.page is None:
        # Browsers name the origin of whatever changes something, and of every WebSocket. Newer ones
        # say as well whether it came from elsewhere.
        return visitor.site in {None, "same-origin", "none"}
    scheme, _, host = visitor.page.lower().partition("://")
    if public_url is not None:
        public = urlsplit(public_url.lower())
        if (scheme, host) == (public.scheme, public.netloc):
            return True
    # What came encrypted was not asked for by a page that anybody on the way can have written. The
    # other way round, a proxy may have said nothing of its encryption.
    return host in visitor.hosts and scheme in {"https", visitor.scheme}
