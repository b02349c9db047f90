"""Runs a program that can open no netlink socket: `python without_netlink.py PROGRAM [ARGUMENT...]`.

A seccomp filter answers `socket(AF_NETLINK, ...)` with EAFNOSUPPORT, for the program and all that it starts.
It needs no privilege: https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

import ctypes
import os
import platform
import struct
import sys

# From linux/prctl.h, linux/seccomp.h, linux/bpf_common.h and the table of system calls.
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_SECCOMP_RET_ERRNO, _SECCOMP_RET_ALLOW = 0x00050000, 0x7FFF0000
_LOAD_WORD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_SYSTEM_CALL, _FIRST_ARGUMENT = 0, 16  # where struct seccomp_data holds them, on a little-endian machine
_SOCKET = {"x86_64": 41, "aarch64": 198}
_AF_NETLINK, _EAFNOSUPPORT = 16, 97


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def forbid_netlink() -> None:
    """Let this process, and all that it starts, open no netlink socket from now on."""
    # Each instruction: what to do, how many to skip if it is true, how many if not, and the operand.
    instructions = [
        (_LOAD_WORD, 0, 0, _SYSTEM_CALL),
        (_JUMP_IF_EQUAL, 0, 3, _SOCKET[platform.machine()]),
        (_LOAD_WORD, 0, 0, _FIRST_ARGUMENT),
        (_JUMP_IF_EQUAL, 0, 1, _AF_NETLINK),
        (_RETURN, 0, 0, _SECCOMP_RET_ERRNO | _EAFNOSUPPORT),
        (_RETURN, 0, 0, _SECCOMP_RET_ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    program = _Program(len(instructions), code)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(
        _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program)
    ):
        raise OSError(ctypes.get_errno(), "no seccomp filter can be set")


if __name__ == "__main__":
    forbid_netlink()
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - the program that the caller named
