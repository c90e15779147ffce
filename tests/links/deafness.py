"""Sockets that hear nothing: the kernel throws away what arrives for them, without an answer.

As on a dead link the other side gets no acknowledgement and sends again, later and later; a
listening socket answers to no SYN. A relay that only stopped reading would still acknowledge.
"""

import ctypes
import socket
import struct

import trio

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27  # socket(7); not in Python's socket module
#: One instruction of classic BPF: return 0, "keep no byte of this packet". See bpf(2).
DROP = ctypes.create_string_buffer(struct.pack("=HBBI", 0x06, 0, 0, 0))
PROGRAM = struct.pack("@HP", 1, ctypes.addressof(DROP))  # struct sock_fprog


def deafen(opened: trio.socket.SocketType) -> None:
    opened.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, PROGRAM)


def cure(opened: trio.socket.SocketType) -> None:
    opened.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
