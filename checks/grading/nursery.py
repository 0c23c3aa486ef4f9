"""One zygote for a whole class: the graders of all workers have theirs forked from it.

A zygote takes three seconds of processor time to start, and a fork of it milliseconds. It is asked through
one end of a socket, which can be sent to worker processes; each request carries the end of a conversation of
its own, so that no two workers are in each other's way.
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
from pathlib import Path

from checks.grading import zygote
from checks.grading.sandbox import supported


class Nursery:
    """``asking`` is what ``Grader(nursery=...)`` takes; None where no process can be sealed at all.

    Nothing runs before ``start``; what is asked until then is answered afterwards. A nursery that does not
    start, or dies, is no failure: graders then start zygotes of their own, and say what is wrong.
    """

    def __init__(self) -> None:
        self.asking: socket.socket | None = None
        self._asked: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._root: tempfile.TemporaryDirectory[str] | None = None
        if supported() is None:
            self.asking, self._asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def start(self) -> None:
        """Start the zygote, once; it is not waited for."""
        if self._asked is not None:
            self._root = tempfile.TemporaryDirectory(prefix="gradproof-")
            with self._asked:
                self._process = zygote.started(Path(self._root.name), self._asked)
            self._asked = None

    def close(self) -> None:
        """End it. Zygotes that were forked from it end with the graders that asked for them."""
        for end in (self.asking, self._asked):
            if end is not None:
                end.close()
        self.asking = self._asked = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._root is not None:
            self._root.cleanup()
            self._root = None
