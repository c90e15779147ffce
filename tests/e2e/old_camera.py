"""A publisher of the old kind, as they run out there: it knows nothing of camserve.

    old_camera.py URL ID TOKEN FOLDER

Pushes the *.jpg in FOLDER by name, again and again, ten a second, until the connection ends.
"""

import struct
import sys
import time
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


def main(url: str, camera_id: int, token: str, folder: Path) -> None:
    pictures = [file.read_bytes() for file in sorted(folder.glob("*.jpg"))]
    with connect(url, max_size=None) as socket:
        socket.send(struct.pack("<i", camera_id))
        socket.send(struct.pack("<i", len(token)))
        socket.send(token.encode())
        while True:
            for picture in pictures:
                socket.send(struct.pack("<i", len(picture)))
                socket.send(picture)
                time.sleep(0.1)


if __name__ == "__main__":
    url, camera_id, token, folder = sys.argv[1:]
    try:
        main(url, int(camera_id), token, Path(folder))
    except ConnectionClosed as closed:
        # Never read, only met when a send failed.
        sys.exit(f"closed: {closed.rcvd.code} {closed.rcvd.reason}" if closed.rcvd else "lost")
