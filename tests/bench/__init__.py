"""The benchmark: `nox -s bench`, or `python -m tests.bench`.

Theory of operation. A `Target` is a process that takes frames and serves viewers: a real
`camserve run`, or the floor, a few lines of C that do only what cannot be left out. A `Feeder`
pushes stamped pictures into it, a `Crowd` (a C program) watches it, and a `Window` is what a few
seconds of that cost and how old the pictures were. A scenario is a file: it says who watches what,
and what of it is worth knowing. Floor and server are measured in turn, and only the ratio of
neighbours is trusted, since machines are noisy.
"""
