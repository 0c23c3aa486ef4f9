"""The process that submissions are forked from: Torch imported and exercised, and no secret in it.

Started as a programme of its own (``main``), with a socket to the grader as its standard input. For each
message with a descriptor it forks a child, which seals itself and converses on that descriptor; the zygote
waits for it, kills it when told to, and says how it ended. It never runs code of a submission.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import struct
import sys
from pathlib import Path

# Before Torch and NumPy are imported: a fork takes one thread along, so there must be no other.
THREADS = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
}  # fmt: skip
SPAWN = struct.Struct("<QQI")  # nonce, memory, seconds of processor time
ENDED = struct.Struct("<iddQ")  # status, user and system seconds, bytes of memory at most
KILL, READY = b"K", b"R"


def main() -> None:
    """Read requests until the grader hangs up."""
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
    control.send(READY)
    os.dup2(null, 2)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, SPAWN.size, 1)
        if not message:
            return
        if len(message) != SPAWN.size or not descriptors:
            continue  # a late order to kill a child that has ended
        nonce, memory, cpu = SPAWN.unpack(message)
        pid = os.fork()
        if pid == 0:
            _child(descriptors[0], nonce, program, root, Limits(memory, cpu))
        os.close(descriptors[0])
        control.send(struct.pack("<i", pid))
        _wait(control, pid)


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


def command(root: Path) -> list[str]:
    """How the grader starts it: isolated from the environment and the user's own packages."""
    home = str(Path(__file__).resolve().parents[2])
    start = f"import sys; sys.path.insert(0, {home!r}); from checks.grading.zygote import main; main()"
    return [sys.executable, "-I", "-c", start, str(root)]
