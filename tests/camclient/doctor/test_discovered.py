from collections.abc import Sequence

import pytest
import trio

from camclient.discovery import DiscoveryError, Found
from camclient.doctor.discovered import discover
from camclient.doctor.finding import Verdict
from camclient.doctor.trouble import Trouble
from camserve.wire import INGEST_PATH
from tests.camclient.fakes import CameraServer


class Network:
    """Answers with these servers, or with an error."""

    def __init__(self, *found: Found, error: str = "") -> None:
        self._found = found
        self._error = error

    async def look(self, seconds: float) -> Sequence[Found]:
        await trio.lowlevel.checkpoint()
        if self._error:
            raise DiscoveryError(self._error)
        return self._found


async def test_the_first_by_name_is_taken_and_the_others_are_mentioned() -> None:
    attic = Found("attic", ("192.0.2.1",), 8001, INGEST_PATH)
    cellar = Found("cellar", ("192.0.2.2",), 8001, INGEST_PATH)
    finding, endpoint = await discover(Network(cellar, attic).look)
    assert endpoint == attic.endpoint(0)
    assert finding.verdict is Verdict.OK
    assert finding.text == f"found attic at ws://192.0.2.1:8001{INGEST_PATH}"
    assert finding.hints[0].startswith("there is cellar at ws://192.0.2.2:8001")


async def test_one_is_enough_said() -> None:
    finding, _ = await discover(Network(Found("attic", ("192.0.2.1",), 8001, INGEST_PATH)).look)
    assert finding.hints == ()


async def test_of_several_addresses_the_one_that_answers_is_taken(server: CameraServer) -> None:
    found = Found("here", ("127.0.0.2", "127.0.0.1"), server.port, INGEST_PATH)
    _, endpoint = await discover(Network(found).look)
    assert endpoint.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("network", "text"),
    [
        (Network(), "no camera server answers on the local network"),
        (Network(error="no network"), "no camera server can be looked for: no network"),
    ],
)
async def test_none_at_all(network: Network, text: str) -> None:
    with pytest.raises(Trouble) as raised:
        await discover(network.look)
    assert str(raised.value) == text
    assert raised.value.hints[-1] == "or say where it is: --server ws://HOST:8001"
