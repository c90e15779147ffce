"""camserve: cameras push JPEG frames, people watch them live."""

__version__ = "0.1.0"
