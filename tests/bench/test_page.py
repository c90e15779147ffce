import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from .figures import MACHINE, fanout, slow
from .page import BEGIN, END, PAGE, PageError, picture, update_page, with_tables
from .results import Results

RESULTS = Results(MACHINE, 12.0, {"fanout": fanout(), "slow": slow([0.4, 0.5])})


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = with_tables(page, "new")
    assert once == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert with_tables(once, "new") == once


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END}\n{BEGIN}"])
def test_a_page_without_a_place_for_tables(page: str) -> None:
    with pytest.raises(PageError, match="expected the lines"):
        with_tables(page, "new")


def test_our_page_has_a_place_for_tables() -> None:
    assert "new" in with_tables(PAGE.read_text(), "new")


def test_the_page_and_its_picture_are_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN}\n{END}")
    update_page(RESULTS, page)
    assert "| mjpeg | " in page.read_text()
    assert page.with_suffix(".svg").read_text() == picture(RESULTS)


def test_the_picture_is_xml_that_names_all_it_shows() -> None:
    svg = ElementTree.fromstring(picture(RESULTS))
    words = {element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert {"mjpeg", "target 1.5", "mjpeg, 60 kB to 200 kB/s"} <= words


def test_results_are_json() -> None:
    read = json.loads(RESULTS.as_json())
    assert read["by_scenario"]["fanout"]["viewers"] == 10
