"""camclient: a small program that pushes one camera's pictures to a camserve server."""
