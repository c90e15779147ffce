"""One Chromium for all tests of this folder: it takes seconds to start."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.browser import Tab, chromium, open_tab


@pytest.fixture(scope="session")
def chromium_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chromium(tmp_path_factory.mktemp("chromium")) as url:
        yield url


@pytest.fixture
async def tab(chromium_url: str) -> AsyncIterator[Tab]:
    """An empty page, 1280 by 800 pixels."""
    async with open_tab(chromium_url) as tab:
        await tab.resize(1280, 800)
        yield tab
