"""Limits that a process sets itself and cannot lift again; its children inherit all of them.

A pull request's chart is untrusted input: rendering it must neither reach the network nor take the
machine down. Linux alone knows the filter of system calls; elsewhere the limits still hold.
"""

import ctypes
import platform
import resource
import struct
import sys
from typing import Final

MEMORY: Final = 3 * 1024**3
"""Address space of one process in bytes; Helm takes a third of it before it has read anything."""
PROCESSOR_SECONDS: Final = 240
"""A process's own, over its whole life."""
LARGEST_FILE: Final = 256 * 1024**2

_SOCKET: Final = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Linux's audit name of the architecture, and the number of socket() there."""
_IO_URING_SETUP: Final = 425
_FOREIGN_ABI: Final = 0x40000000
_NO_NEW_PRIVILEGES: Final = 38
_SET_SECCOMP: Final = 22
_FILTER_MODE: Final = 2
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | 13  # EACCES
_LOAD: Final = 0x20
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def limit_resources() -> None:
    """Bound memory, processor time and the size of files of this process and each child."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))


def refuse_network() -> bool:
    """Let every attempt to open a socket fail from now on; False where the system cannot do that.

    A filter of system calls (seccomp) needs no privilege and, unlike a network namespace, costs
    nothing and works in containers.
    """
    known = _SOCKET.get(platform.machine())
    if sys.platform != "linux" or known is None or sys.maxsize < 2**32:
        return False
    architecture, socket = known
    steps = [
        (_LOAD, 0, 0, 4),
        (_IF_EQUAL, 0, 5, architecture),
        (_LOAD, 0, 0, 0),
        (_IF_AT_LEAST, 3, 0, _FOREIGN_ABI),
        (_IF_EQUAL, 2, 0, socket),
        (_IF_EQUAL, 1, 0, _IO_URING_SETUP),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program)) == 0)
