"""A stranger on the HTTP port sees no picture and changes and breaks nothing."""

from tests.fuzz.besieged import assert_hides_pictures, assert_is_http, besieged
from tests.fuzz.cutting import cut

PASSWORD, ADMIN = "the password of the viewers", "the-token-of-the-admin"


def check(data: bytes) -> None:
    server = besieged(viewer_password=PASSWORD, admin_token=ADMIN)
    answer = server.suffers("http_port", cut(data))
    assert_is_http(answer)
    assert_hides_pictures(answer)
