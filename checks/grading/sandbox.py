"""The walls around a submission's process, put up from inside it, one layer after another, and tried.

Linux only. No layer needs privileges but the last two, which only root has: an empty root folder and
another user. Where seccomp or resource limits are missing there is no sandbox. Landlock, without a rule,
is used where the kernel has it. Nothing here imports Torch.

Sources: seccomp(2), landlock(7), prctl(2); the filter is assembled by libseccomp.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

if sys.platform != "win32":
    import resource

# Where a child's descriptors are: 0-2 are /dev/null, and this one the conversation with the grader.
CHANNEL = 3
NOBODY = 65534


class Layer(IntFlag):
    """What stands between a submission and the machine."""

    LIMITS = 1
    NO_NEW_PRIVILEGES = 2
    SYSTEM_CALLS = 4
    LANDLOCK = 8
    EMPTY_ROOT = 16
    OTHER_USER = 32


REQUIRED = Layer.LIMITS | Layer.NO_NEW_PRIVILEGES | Layer.SYSTEM_CALLS


class Unsealed(Exception):
    """A required layer could not be put up, or a forbidden act succeeded."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one child: ``memory`` in bytes beyond what the zygote has, ``cpu`` in seconds."""

    memory: int = 1 << 30
    cpu: int = 120


# No open, no socket, no clone, no exec, no kill: what computing with memory that is there already takes.
_ALLOWED = (
    "mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "mincore", "membarrier",
    "futex", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "restart_syscall",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "clock_gettime", "clock_getres", "gettimeofday", "time", "clock_nanosleep", "nanosleep", "times",
    "getrusage", "getrandom", "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "uname",
    "exit", "exit_group",
)  # fmt: skip


def filter_program() -> bytes:
    """The seccomp programme as the kernel takes it; raises ``Unsealed`` where it cannot be assembled."""
    try:
        import pyseccomp as seccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise Unsealed(
            f"pyseccomp or libseccomp is missing ({error}): pip install 'gradproof[grade]'"
        ) from None
    made = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in _ALLOWED:
        if seccomp.resolve_syscall(seccomp.system_arch(), name) >= 0:  # `time` is not on every processor
            made.add_rule(seccomp.ALLOW, name)
    made.add_rule(seccomp.ALLOW, "read", seccomp.Arg(0, seccomp.EQ, CHANNEL))
    for descriptor in (1, 2, CHANNEL):
        made.add_rule(seccomp.ALLOW, "write", seccomp.Arg(0, seccomp.EQ, descriptor))
    with tempfile.TemporaryFile() as file:
        made.export_bpf(file)
        file.seek(0)
        return file.read()


def seal(program: bytes, root: str, limits: Limits) -> Layer:
    """Close this process in; returns the layers that stand. There is no way back.

    Raises ``Unsealed``, after which the process must end without running anything.
    """
    _detach()
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    layers = _leave_root(root)
    # Only now: the kernel forgets it when the user changes.
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    layers |= Layer.NO_NEW_PRIVILEGES | _landlock()
    _limit(size, limits)
    _install(program)
    layers |= Layer.LIMITS | Layer.SYSTEM_CALLS
    prove()
    return layers


def _detach() -> None:
    """A session of its own, and no descriptor but /dev/null and the channel."""
    os.setsid()
    os.umask(0o777)
    os.closerange(CHANNEL + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    for number in range(1, signal.NSIG):
        if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
            signal.signal(number, signal.SIG_DFL)


def _leave_root(root: str) -> Layer:
    """An empty root folder and another user, where this process may do that."""
    if os.geteuid() != 0:
        return Layer(0)
    layers = Layer(0)
    try:
        os.chroot(root)
        os.chdir("/")
        layers |= Layer.EMPTY_ROOT
    except OSError:
        os.chdir("/")
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError:
        return layers  # a container may have taken these rights from its root
    if os.geteuid() == NOBODY:
        layers |= Layer.OTHER_USER
    return layers


def _limit(size: int, limits: Limits) -> None:
    wanted = {
        resource.RLIMIT_AS: size + limits.memory,
        resource.RLIMIT_CPU: limits.cpu,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        # After Landlock, whose ruleset needs a descriptor.
        resource.RLIMIT_NOFILE: CHANNEL + 1,
    }
    for what, value in wanted.items():
        resource.setrlimit(what, (value, value))
        if resource.getrlimit(what) != (value, value):
            raise Unsealed(f"resource limit {what} is not kept")


_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 444, 446
# Every right that the ABI of a kernel knows: files, network ports, abstract sockets and signals.
_FILES = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
_PORTS, _SCOPES = 0b11, 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("ports", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int, more: object = 0) -> None:
    if _libc().prctl(option, value, more, 0, 0) != 0:
        raise Unsealed(f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def landlock_abi() -> int:
    """The kernel's version of Landlock, 0 where there is none."""
    return max(_libc().syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1), 0)


def _landlock() -> Layer:
    """No rule: every file, port, abstract socket and foreign process is refused."""
    abi = landlock_abi()
    if abi < 1:
        return Layer(0)
    rules = _Ruleset(_FILES[min(abi, 5)], _PORTS if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    libc = _libc()
    ruleset = libc.syscall(_LANDLOCK_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if ruleset < 0 or libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) != 0:
        raise Unsealed(f"Landlock: {os.strerror(ctypes.get_errno())}")
    os.close(ruleset)
    _refused("reading a folder past Landlock", lambda: os.scandir("/").close())
    return Layer.LANDLOCK


def _install(program: bytes) -> None:
    if not program or len(program) % 8:
        raise Unsealed("there is no filter of system calls")
    code = ctypes.create_string_buffer(program, len(program))
    loaded = _Program(len(program) // 8, ctypes.cast(code, ctypes.c_void_p))
    _prctl(_PR_SET_SECCOMP, 2, ctypes.byref(loaded))


def prove() -> None:
    """Try what is forbidden; raises ``Unsealed`` unless each attempt is refused."""
    for what, attempt in _ATTEMPTS:
        _refused(what, attempt)


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


_ATTEMPTS: Sequence[tuple[str, Callable[[], object]]] = (
    ("reading a file", lambda: os.open("/", os.O_RDONLY)),
    ("reading /proc", lambda: os.open("/proc/self/status", os.O_RDONLY)),
    ("making a file", lambda: os.open("gradproof-probe", os.O_CREAT | os.O_WRONLY, 0o600)),
    ("a look at a file", lambda: os.stat("/")),
    ("removing a file", lambda: os.unlink("gradproof-probe")),
    ("a socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
    ("a local socket", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)),
    ("another process", _fork),
    ("another programme", lambda: os.execv("/gradproof-probe", ["probe"])),
    ("a pipe", lambda: os.pipe()),
    ("a signal to another", lambda: os.kill(os.getppid() or 1, 0)),
    ("a copy of a descriptor", lambda: os.dup(CHANNEL)),
    ("larger limits", lambda: resource.prlimit(0, resource.RLIMIT_CORE, (0, 0))),
)


def _refused(what: str, attempt: Callable[[], object]) -> None:
    try:
        attempt()
    except OSError as error:
        if error.errno in (errno.EPERM, errno.EACCES):
            return
        raise Unsealed(f"{what} was refused by accident only: {error.strerror}") from None
    raise Unsealed(f"{what} was possible")


def supported() -> str | None:
    """Why this system cannot seal a process at all, or None; trying is what decides."""
    return None if sys.platform == "linux" else f"{sys.platform} has neither seccomp nor Landlock"
