"""The process that submissions are forked from: Torch imported and exercised, and no secret in it.

Started as a programme of its own (``main``), with a socket to the grader as its standard input. For each
message with a descriptor it forks a child, which seals itself and converses on that descriptor; the zygote
waits for it, kills it when told to, and says how it ended. It never runs code of a submission. It may also
be asked for another zygote: so a class needs one start for all of its graders.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

# Before Torch and NumPy are imported: a fork takes one thread along, so there must be no other.
THREADS = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
}  # fmt: skip
SPAWN = struct.Struct("<QQI")  # nonce, memory, seconds of processor time
ENDED = struct.Struct("<iddQ")  # status, user and system seconds, bytes of memory at most
KILL, READY, ANOTHER = b"K", b"R", b"A"


def main() -> None:
    """Read requests until the grader hangs up."""
    gc.disable()  # half a second of looking at what imports make, all of which stays
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(null, standard)
    root = sys.argv[1]
    import torch

    torch.set_num_threads(1)
    from checks.grading import child  # noqa: F401  (imported here, so that children need not)
    from checks.grading.exercise import exercise
    from checks.grading.sandbox import Limits, filter_program

    exercise()
    program = filter_program()
    if len(os.listdir("/proc/self/task")) != 1:
        raise SystemExit("the zygote has more than one thread: a fork would hang")
    os.environ.clear()
    gc.collect()
    gc.freeze()
    gc.enable()
    in_large_pages()
    control.send(READY)
    os.dup2(null, 2)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, SPAWN.size, 1)
        if not message:
            return
        if message == ANOTHER and descriptors:
            control = _doubled(control, descriptors[0])
        if len(message) != SPAWN.size or not descriptors:
            continue  # done, or a late order to kill a child that has ended
        nonce, memory, cpu = SPAWN.unpack(message)
        pid = os.fork()
        if pid == 0:
            _child(descriptors[0], nonce, program, root, Limits(memory, cpu))
        os.close(descriptors[0])
        control.send(struct.pack("<i", pid))
        _wait(control, pid)


def _doubled(control: socket.socket, descriptor: int) -> socket.socket:
    """Fork another zygote, for the grader at the other end of ``descriptor``; the control of this process."""
    pid = os.fork()
    if pid == 0:
        control.close()
        own = socket.socket(fileno=descriptor)
        own.send(READY)
        return own
    os.close(descriptor)
    with contextlib.suppress(ChildProcessError):  # those of graders that have gone
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return control


_COLLAPSE = 25  # MADV_COLLAPSE, since Linux 6.1
_LARGE = 1 << 21


def in_large_pages() -> None:
    """Put what was allocated so far into large pages: a fork copies one entry for each page.

    Half of what a fork and the end of its child cost. Where the kernel cannot, pages stay small.
    """
    if sys.platform != "linux":
        return
    import ctypes

    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int)
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, access, _, _, inode, *name = line.split()
        if access != "rw-p" or inode != "0" or name not in ([], ["[heap]"]):
            continue
        low, high = (int(end, 16) for end in span.split("-"))
        low, high = -(-low // _LARGE) * _LARGE, high // _LARGE * _LARGE
        if low < high:
            advise(low, high - low, _COLLAPSE)


def _child(descriptor: int, nonce: int, program: bytes, root: str, limits: object) -> None:
    """Seal this process, say so, and converse; never returns."""
    status = 1
    try:
        from checks.grading.child import Session
        from checks.grading.sandbox import CHANNEL, Limits, seal
        from checks.grading.wire import Channel, Kind

        assert isinstance(limits, Limits)
        os.dup2(descriptor, CHANNEL) if descriptor != CHANNEL else None
        channel = Channel(CHANNEL)
        try:
            layers = seal(program, root, limits)
        except BaseException as error:
            channel.send(Kind.UNSEALED, nonce, str(error).encode()[:1000])
            return
        channel.send(Kind.HELLO, nonce, struct.pack("<I", layers))
        Session(channel).serve(nonce)
    except BaseException:
        status = 0  # the grader hung up
    finally:
        os._exit(status)


def _wait(control: socket.socket, pid: int) -> None:
    """Until the child ends; kill it when told to, or when the grader is gone."""
    watch = select.poll()
    watch.register(control, select.POLLIN)
    handle = None
    with contextlib.suppress(OSError):  # some containers refuse it: then look every few milliseconds
        handle = os.pidfd_open(pid)
        watch.register(handle, select.POLLIN)
    while True:
        events = dict(watch.poll(None if handle is not None else 5))
        if control.fileno() in events and control.recv(1) in (KILL, b""):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            watch.unregister(control)
        done, status, used = os.wait4(pid, os.WNOHANG)
        if done:
            break
    if handle is not None:
        os.close(handle)
    memory = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    control.send(ENDED.pack(status, used.ru_utime, used.ru_stime, memory))


def started(root: Path, control: socket.socket, errors: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """A zygote that reads requests from ``control``; its children get an empty folder in ``root``."""
    empty = root / "empty"
    empty.mkdir(mode=0o555)
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")}
    return subprocess.Popen(
        command(empty),
        stdin=control.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=errors,
        env={**kept, **THREADS},
        cwd="/",
        start_new_session=True,  # an interrupt at the terminal is for the grader
    )


def command(root: Path) -> list[str]:
    """How the grader starts it: isolated from the environment and the user's own packages."""
    home = str(Path(__file__).resolve().parents[2])
    start = f"import sys; sys.path.insert(0, {home!r}); from checks.grading.zygote import main; main()"
    return [sys.executable, "-I", "-c", start, str(root)]
