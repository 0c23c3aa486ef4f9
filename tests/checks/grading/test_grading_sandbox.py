"""The walls: as root, as anybody, without what a container takes away; and none of them missing unseen."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checks import doctor
from checks.grading import grader as grading
from checks.grading import sandbox, zygote
from checks.grading.grader import Grader
from checks.grading.sandbox import REQUIRED, Layer, Limits, Unsealed, filter_program, seal
from checks.grading.sealed import NoSandbox
from checks.grading.wire import Kind

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="seccomp and Landlock are Linux's")
ROOT = sys.platform == "linux" and os.geteuid() == 0


@pytest.fixture(scope="module")
def program() -> bytes:
    return filter_program()


@pytest.fixture
def empty() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield folder


def sealed(program: bytes, root: str, before: Callable[[], object], after: Callable[[], object]) -> str:
    """What a forked process says that seals itself: ``after``'s result, or the name of what was raised."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(write, sandbox.CHANNEL)
            before()
            layers = seal(program, root, Limits())
            said = f"{int(layers)} {after()}"
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(sandbox.CHANNEL, said.encode()[:4000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        said = answer.read().decode()
    _, status = os.waitpid(pid, 0)
    return said or f"signal {os.WTERMSIG(status)}"


def nothing() -> None:
    return None


def test_all_walls_stand(program: bytes, empty: str) -> None:
    said = sealed(program, empty, nothing, os.getuid)
    layers = Layer(int(said.split()[0]))
    assert layers & REQUIRED == REQUIRED
    if ROOT:
        assert layers & (Layer.EMPTY_ROOT | Layer.OTHER_USER) == Layer.EMPTY_ROOT | Layer.OTHER_USER
        assert "65534" in said
    if sandbox.landlock_abi():
        assert layers & Layer.LANDLOCK


@pytest.mark.skipif(not ROOT, reason="only root can become somebody else")
def test_they_stand_without_privileges(program: bytes, empty: str) -> None:
    said = sealed(program, empty, lambda: os.setresuid(12345, 12345, 12345), os.getuid)
    layers = Layer(int(said.split()[0]))
    assert layers & REQUIRED == REQUIRED
    assert not layers & (Layer.EMPTY_ROOT | Layer.OTHER_USER)
    assert said.endswith("12345")


@pytest.mark.skipif(not ROOT, reason="only root has rights that can be taken away")
def test_they_stand_in_a_container_that_takes_rights_from_root(program: bytes, empty: str) -> None:
    """Root without the rights to change root and user, as some containers have it."""

    def drop() -> None:
        for capability in (6, 7, 18, 21):  # SETGID, SETUID, SYS_CHROOT, SYS_ADMIN
            sandbox._libc().prctl(24, capability, 0, 0, 0)  # from the bounding set: gone after the next exec
        _without_effective(0)

    layers = Layer(int(sealed(program, empty, drop, nothing).split()[0]))
    assert layers & REQUIRED == REQUIRED
    assert not layers & (Layer.EMPTY_ROOT | Layer.OTHER_USER)


def _without_effective(mask: int) -> None:
    """Give up every right of this process: capset, version 3."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    if sandbox._libc().syscall(126, header, data) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def test_without_landlock_they_stand_as_well(
    program: bytes, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "landlock_abi", lambda: 0)
    layers = Layer(int(sealed(program, empty, nothing, nothing).split()[0]))
    assert layers & REQUIRED == REQUIRED
    assert not layers & Layer.LANDLOCK


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("openat", "file"),
        ("socket", "socket"),
        ("clone", "another process"),
        ("pipe2", "a pipe"),
        ("kill", "a signal to another"),
        ("prlimit64", "larger limits"),
        ("fcntl", "a copy of a descriptor"),
    ],
)
def test_a_hole_in_the_filter_is_noticed(
    more: str, what: str, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call that is allowed by mistake makes the process refuse itself."""
    monkeypatch.setattr(sandbox, "_ALLOWED", (*sandbox._ALLOWED, more))
    monkeypatch.setattr(sandbox, "landlock_abi", lambda: 0)  # which would refuse some of them first
    said = sealed(filter_program(), empty, nothing, nothing)
    assert said.startswith("Unsealed")
    assert what in said


@pytest.mark.parametrize("broken", [b"", b"abc", b"\0" * 16], ids=["empty", "cut", "nonsense"])
def test_no_filter_no_sandbox(broken: bytes, empty: str) -> None:
    assert sealed(broken, empty, nothing, nothing).startswith("Unsealed")


def test_a_landlock_that_does_nothing_is_noticed(
    program: bytes, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_FILES", dict.fromkeys(range(1, 6), 1))  # only execution is governed
    monkeypatch.setattr(sandbox, "_leave_root", lambda root: Layer(0))
    assert "past Landlock" in sealed(program, empty, nothing, nothing)


def test_the_other_architecture_kills(program: bytes, empty: str) -> None:
    """`int 0x80` enters the kernel by the numbers of 32-bit systems, among which 5 opens files."""
    if os.uname().machine != "x86_64":
        pytest.skip("machine code for x86-64")

    def old_call() -> None:
        code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(b"\xb8\x05\x00\x00\x00\xcd\x80\xc3")
        address = ctypes.addressof(ctypes.c_char.from_buffer(code))
        ctypes.CFUNCTYPE(ctypes.c_int)(address)()

    assert sealed(program, empty, nothing, old_call) == f"signal {int(signal.SIGSYS)}"


def test_the_layers_are_told_without_torch() -> None:
    layers, why = grading.available()
    assert layers & REQUIRED == REQUIRED
    assert why == ""
    code = "import sys; import checks.grading.sandbox; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_grader_fails_closed_where_the_filter_has_a_hole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A zygote whose children could open files is refused before any submission is read."""
    home = str(Path(__file__).parents[3])
    start = (
        f"import sys; sys.path.insert(0, {home!r})\n"
        "from checks.grading import exercise, sandbox, zygote\n"
        "exercise.exercise = lambda: None\n"
        "sandbox._ALLOWED += ('openat',)\n"
        "sandbox.landlock_abi = lambda: 0\n"
        "zygote.main()\n"
    )
    monkeypatch.setattr(zygote, "command", lambda root: [sys.executable, "-I", "-c", start, str(root)])
    with pytest.raises(NoSandbox, match="file was") as caught:
        Grader().__enter__()
    assert "container" in (caught.value.help or "")


def test_the_grader_fails_closed_where_the_zygote_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-I", "-c", "raise SystemExit('no torch here')"]
    monkeypatch.setattr(zygote, "command", lambda root: command)
    with pytest.raises(NoSandbox, match="no torch here"):
        Grader().__enter__()


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_are_refused_with_what_to_do(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(NoSandbox, match=system) as caught:
        Grader().__enter__()
    assert "container" in (caught.value.help or "")
    assert "WSL2" in (caught.value.help or "")


def test_a_child_has_no_secret_in_its_surroundings(grader: Grader) -> None:
    """No environment, no descriptors, no arguments: seen from outside, before any code is loaded."""
    with grader.child() as child:
        folder = Path(f"/proc/{child._pid}")
        if not ROOT:
            pytest.skip("a process that is not dumpable is root's to look at")
        descriptors = {p.name: os.readlink(p) for p in (folder / "fd").iterdir()}
        assert sorted(descriptors) == ["0", "1", "2", "3"]
        assert {descriptors[d] for d in "012"} == {"/dev/null"}
        status = (folder / "status").read_text()
        assert "NoNewPrivs:\t1" in status
        assert "Seccomp:\t2" in status
        assert "CapEff:\t0000000000000000" in status
        assert child.exchange(Kind.PING)[0] == Kind.READY
    assert child.end is not None


def test_unsealed_is_an_error_of_its_own() -> None:
    with pytest.raises(Unsealed, match="was possible"):
        sandbox._refused("nothing", lambda: None)
    with pytest.raises(Unsealed, match="by accident"):
        sandbox._refused("a missing file", lambda: os.open("/no/such/file", os.O_RDONLY))


def test_the_doctor_shows_the_walls() -> None:
    shown = {f.what: f.state for f in doctor.examine()}
    assert shown["isolation"] == "ok"
    assert shown["isolation: system calls"] == "ok"
    if ROOT:
        assert shown["isolation: user"] == "ok"


@pytest.mark.parametrize("why", ["darwin has neither", "pyseccomp is missing"])
def test_the_doctor_says_what_to_do_where_there_are_none(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grading, "available", lambda: (Layer(0), why))
    (found,) = (f for f in doctor.examine() if f.what.startswith("isolation"))
    assert found.state == "?"
    assert why in found.found
    assert "container" in found.found
