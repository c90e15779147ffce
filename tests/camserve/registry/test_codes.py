"""One-time codes in the database."""

import threading

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from camserve.registry import Catalogue, Registry

NOW = 1_700_000_000.0


def test_a_code_is_taken_once(registry: Registry) -> None:
    registry.add_code("one", NOW + 600)
    registry.add_code("other", NOW + 600)
    assert not registry.take_code("none", NOW)
    assert registry.take_code("one", NOW)
    assert not registry.take_code("one", NOW)
    assert registry.take_code("other", NOW)


def test_a_code_is_not_taken_when_its_time_is_over(registry: Registry) -> None:
    registry.add_code("early", NOW + 600)
    registry.add_code("late", NOW + 601)
    assert not registry.take_code("early", NOW + 600)
    assert registry.take_code("late", NOW + 600)


def test_a_code_outlives_the_process_and_is_not_stored_itself(url: str) -> None:
    with Registry.open(url) as registry:
        registry.add_code("the code", NOW + 600)
        registry.add_code("an old code", NOW - 1)
    with create_engine(url, poolclass=NullPool).connect() as connection:
        stored = connection.execute(text("SELECT * FROM camserve_codes")).all()
    assert len(stored) == 2
    assert "code" not in repr(stored)
    with Registry.open(url) as registry:
        assert registry.take_code("the code", NOW)
    with create_engine(url, poolclass=NullPool).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM camserve_codes")).scalar_one() == 0


def test_of_several_servers_that_try_at_once_one_gets_it(url: str) -> None:
    registries = [Registry.open(url) for _ in range(4)]
    start = threading.Barrier(len(registries))
    taken: list[bool] = []

    def take(registry: Registry) -> None:
        start.wait(10)
        taken.append(registry.take_code("the code", NOW))

    registries[0].add_code("the code", NOW + 600)
    threads = [threading.Thread(target=take, args=[registry]) for registry in registries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for registry in registries:
        registry.close()
    assert sorted(taken) == [False, False, False, True]


def test_codes_are_no_news_for_those_who_follow_the_cameras(registry: Registry) -> None:
    before = registry.revision()
    registry.add_code("the code", NOW + 600)
    registry.take_code("the code", NOW)
    assert registry.revision() == before


async def test_the_catalogue_takes_them_at_the_present_time(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camserve.registry.catalogue.time.time", lambda: NOW)
    registry.add_code("good", NOW + 1)
    registry.add_code("over", NOW)
    catalogue = Catalogue(registry)
    assert await catalogue.take_code("good")
    assert not await catalogue.take_code("good")
    assert not await catalogue.take_code("over")
