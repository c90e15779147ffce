import pytest

from camclient.doctor.devices import Device, devices, explain, may_use
from tests.camclient.doctor.computer import Computer


def test_cameras_are_told_from_coders_and_metadata(computer: Computer) -> None:
    computer.camera(10, "bcm2835-codec-decode")
    computer.camera(2, "HD Webcam: HD Webcam")
    computer.camera(3, "HD Webcam: HD Webcam", index=1)
    computer.camera(0, "unicam-image")
    assert devices(computer.root) == [
        Device("/dev/video0", "unicam-image"),
        Device("/dev/video2", "HD Webcam: HD Webcam"),
    ]


def test_a_camera_that_is_not_there_and_those_that_are(computer: Computer) -> None:
    computer.camera(2, "HD Webcam")
    assert explain("/dev/video0", computer.root) == (
        "there is no /dev/video0",
        ("there is /dev/video2: HD Webcam",),
    )


def test_no_camera_at_all(computer: Computer) -> None:
    found = explain("/dev/video0", computer.root)
    assert found is not None
    assert found[1][0].startswith("Linux knows of no camera: plugged in?")
    assert found[1][-1].endswith("camera_modules.md")


def test_no_permission(computer: Computer) -> None:
    device = computer.camera(0, "HD Webcam")
    found = explain("/dev/video0", computer.root, may_use=lambda place: place != device)
    assert found is not None
    assert found[0] == "no permission for /dev/video0"
    assert found[1][0].startswith("sudo usermod -aG video $USER, then log in again")


def test_who_may_use_what(computer: Computer) -> None:
    assert may_use(computer.camera(0, "HD Webcam"))
    assert not may_use(computer.root / "dev/video1")


@pytest.mark.parametrize(
    ("words", "user", "hint"),
    [
        (("motion",), "motion", "stop it first"),
        (("python3", "-m", "camclient"), "camclient", "sudo systemctl stop camclient"),
    ],
)
def test_in_use(computer: Computer, words: tuple[str, ...], user: str, hint: str) -> None:
    device = computer.camera(0, "HD Webcam")
    computer.process(812, *words, name="motion", uses=device)
    assert explain("/dev/video0", computer.root) == (
        f"/dev/video0 is in use by {user} (process 812)",
        (hint,),
    )


@pytest.mark.parametrize("name", ["unicam-image", "rp1-cfe-csi2_ch0"])
def test_a_camera_module_needs_libcamera(computer: Computer, name: str) -> None:
    computer.camera(0, name)
    found = explain("/dev/video0", computer.root)
    assert found is not None
    assert found[0] == f"/dev/video0 is a camera module ({name})"
    assert "exec:rpicam-vid" in found[1][0]


def test_a_device_that_is_no_camera(computer: Computer) -> None:
    computer.camera(0, "HD Webcam")
    computer.camera(1, "HD Webcam", index=1)
    found = explain("/dev/video1", computer.root)
    assert found == ("/dev/video1 is no camera", ("there is /dev/video0: HD Webcam",))


def test_a_camera_with_nothing_wrong_to_be_seen(computer: Computer) -> None:
    computer.camera(0, "HD Webcam")
    link = computer.root / "dev/v4l/by-id/usb-HD"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../video0")
    assert explain("/dev/video0", computer.root) is None
    assert explain("/dev/v4l/by-id/usb-HD", computer.root) is None
