import pytest

from camserve.registry import InvalidCameraError
from camserve.registry.camera import checked_description, checked_id, checked_name


@pytest.mark.parametrize("name", ["a", "x" * 100, "Küche 👩‍🍳", "two words", "1"])
def test_a_good_name_stays_as_it_is(name: str) -> None:
    assert checked_name(name) == name


def test_white_space_around_a_name_is_cut() -> None:
    assert checked_name("\t door \n") == "door"


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 101, "a\nb", "a\0b", "a\x7fb", "a\x85b", "a\u2028b", "a\udcffb"]
)
def test_a_bad_name_is_refused_by_the_name_of_its_field(name: str) -> None:
    with pytest.raises(InvalidCameraError, match=r"^name: expected [^\n]*$") as caught:
        checked_name(name)
    assert caught.value.field == "name"


@pytest.mark.parametrize("description", ["", "x" * 1000, "two\r\n\tlines "])
def test_a_good_description_stays_as_it_is(description: str) -> None:
    assert checked_description(description) == description


@pytest.mark.parametrize("description", ["x" * 1001, "a\0b", "a\x1bb", "a\udcffb"])
def test_a_bad_description_is_refused(description: str) -> None:
    with pytest.raises(InvalidCameraError, match=r"^description: expected [^\n]*$"):
        checked_description(description)


@pytest.mark.parametrize("camera_id", [1, 2**31 - 1])
def test_a_good_id_stays_as_it_is(camera_id: int) -> None:
    assert checked_id(camera_id) == camera_id


@pytest.mark.parametrize("camera_id", [0, -1, 2**31, 2**70])
def test_a_bad_id_is_refused(camera_id: int) -> None:
    with pytest.raises(InvalidCameraError, match=rf"^id: expected .*2147483647, not {camera_id}$"):
        checked_id(camera_id)
