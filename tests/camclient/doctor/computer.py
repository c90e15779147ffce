"""A computer made of files, for all that the doctor looks up below its root."""

from pathlib import Path


class Computer:
    """Files below `root`, made as a test needs them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def camera(self, number: int, name: str, *, index: int = 0) -> Path:
        """A device that video4linux knows; its file."""
        about = f"sys/class/video4linux/video{number}"
        self.write(f"{about}/name", f"{name}\n")
        self.write(f"{about}/index", f"{index}\n")
        return self.write(f"dev/video{number}", "")

    def process(self, number: int, *words: str, name: str = "python3", uses: Path | None) -> None:
        """A running program. uses: a file that it has open."""
        self.write(f"proc/{number}/comm", f"{name}\n")
        self.write(f"proc/{number}/cmdline", "".join(f"{word}\0" for word in words))
        files = self.root / f"proc/{number}/fd"
        files.mkdir()
        (files / "0").symlink_to("/dev/null")
        if uses is not None:
            (files / "5").symlink_to(uses)

    def routes(self, *lines: str) -> None:
        """/proc/net/route: interface, destination, gateway, flags, 0, 0, metric, mask."""
        heading = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT"
        self.write("proc/net/route", "\n".join([heading, *lines]) + "\n")

    def wireless(self, interface: str, level: str = "-61.") -> None:
        heading = (
            "Inter-| sta-|   Quality        |   Discarded packets\n face | tus | link level noise\n"
        )
        self.write("proc/net/wireless", f"{heading} {interface}: 0000   49.  {level}  -256  0  0\n")
