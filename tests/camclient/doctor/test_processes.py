import os

from camclient.doctor.processes import holders, publishers
from tests.camclient.doctor.computer import Computer


def test_the_program_that_has_a_device_open_is_named(computer: Computer) -> None:
    device = computer.camera(0, "HD Webcam")
    computer.process(811, "bash", name="bash", uses=None)
    computer.process(812, "motion", "-c", "x", name="motion", uses=device)
    assert holders(device, computer.root / "proc") == ["motion (process 812)"]


def test_a_camclient_is_not_called_python(computer: Computer) -> None:
    device = computer.camera(0, "HD Webcam")
    computer.process(9, "/usr/bin/python3", "/opt/bin/camclient", "--config", "x", uses=device)
    assert holders(device, computer.root / "proc") == ["camclient (process 9)"]


def test_a_link_is_followed_to_the_device(computer: Computer) -> None:
    device = computer.camera(2, "HD Webcam")
    link = computer.root / "by-id"
    link.symlink_to(device)
    computer.process(9, "motion", name="motion", uses=device)
    assert holders(link, computer.root / "proc") == ["motion (process 9)"]


def test_we_are_nobody_else(computer: Computer) -> None:
    device = computer.camera(0, "HD Webcam")
    computer.process(os.getpid(), "camclient", uses=device)
    assert holders(device, computer.root / "proc") == []
    assert publishers(computer.root / "proc") == []


def test_publishers_are_told_from_everything_else(computer: Computer) -> None:
    commands = {
        1: ("/usr/bin/python3", "/home/pi/env/bin/camclient", "--config", "x"),
        2: ("python3", "-m", "camclient", "--config", "x"),
        3: ("/usr/bin/camclient",),
        4: ("python3", "-m", "camclient", "doctor"),
        5: ("vim", "camclient"),
        6: ("python3", "-m", "camclient", "--source", "test", "--dry-run"),
        7: ("python3", "-m", "camserve", "run"),
    }
    for number, words in commands.items():
        computer.process(number, *words, uses=None)
    assert publishers(computer.root / "proc") == [1, 2, 3]


def test_without_proc_there_is_nothing_to_tell(computer: Computer) -> None:
    assert holders(computer.root / "dev/video0", computer.root / "proc") == []
