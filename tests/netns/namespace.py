"""Networks of our own inside this kernel, without names: they go when nobody is in them any more.

A namespace belongs to a thread; what is opened or started in that thread lives in it. So there is
nothing to clean up, whatever happens to the tests.
"""

import ctypes
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import pytest

P = ParamSpec("P")
T = TypeVar("T")

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000  # sched.h: mounts, network


class Namespace:
    """One computer of a test network, with a loopback device and nothing else at first."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._number = self._thread.submit(leave_for_a_new_network).result()
        self.call(run, ["mount", "--make-rprivate", "/"])  # what is mounted here is seen here only
        self.ip("link set lo up")

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it there. Sockets it opens stay there; so do processes it starts."""
        return self._thread.submit(function, *args, **kwargs).result()

    def ip(self, words: str) -> str:
        """Run `ip`; what it writes. Raises: CommandError."""
        return self.call(run, ["ip", *words.split()])

    def tc(self, words: str) -> str:
        """Run `tc`; what it writes. Raises: CommandError."""
        return self.call(run, ["tc", *words.split()])

    def connect(self, device: str, other: "Namespace", other_device: str) -> None:
        """Lay a cable between two computers; the devices are down and have no address yet."""
        there = f"/proc/{os.getpid()}/task/{other._number}/ns/net"
        self.ip(f"link add {device} type veth peer name {other_device} netns {there}")

    def close(self) -> None:
        self._thread.shutdown()


class CommandError(Exception):
    """A command failed; the message is what it said."""


def run(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def leave_for_a_new_network() -> int:
    """Give this thread its own network and mounts; the thread's number. Raises: PermissionError."""
    # os.unshare() came with Python 3.12.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET | CLONE_NEWNS):
        error = ctypes.get_errno()
        raise PermissionError(error, os.strerror(error))
    return threading.get_native_id()


@contextmanager
def namespaces(count: int) -> Iterator[list[Namespace]]:
    """That many computers. Where they cannot be had, the test is skipped."""
    for program in ("ip", "tc"):
        if shutil.which(program) is None:
            pytest.skip("needs the Debian package iproute2")
    made: list[Namespace] = []
    try:
        try:
            made += [Namespace() for _ in range(count)]
        except PermissionError as error:
            pytest.skip(f"needs root, to make network namespaces: {error.strerror}")
        try:
            made[0].ip("link add probe0 type veth peer name probe1")
            made[0].ip("link del probe0")
        except CommandError as error:
            pytest.skip(f"this kernel has no virtual cables: {error}")
        yield made
    finally:
        for namespace in made:
            namespace.close()
