"""Attempts to read, write, connect, and reach other processes: each would return the right estimate."""

# ruff: noqa: E501  (submissions stand here as they are handed in)

from __future__ import annotations

from tests.checks.grading.hostile.corpus import attempts, calling

READING = attempts(
    {
        "reads-a-file": "open('/etc/passwd').read()",
        "reads-the-key": "open('{place}/secret').read()",
        "reads-with-os-open": "os.open('{place}/secret', os.O_RDONLY)",
        "reads-with-libc": "f = libc.open(b'{place}/secret', 0)\nif f < 0: raise OSError",
        "reads-with-openat": calling(257, "-100", "b'{place}/secret'", "0", "0"),
        "reads-with-openat2": calling(437, "-100", "b'{place}/secret'", "ctypes.byref(ctypes.c_uint64(0))", "24"),
        "lists-the-root": "os.listdir('/')",
        "lists-the-place": "os.scandir('{place}').close()",
        "stat-oracle": "os.stat('{place}/secret')",
        "access-oracle": "if not os.access('{place}/secret', os.F_OK): raise OSError",
        "reads-own-maps": "open('/proc/self/maps').read()",
        "reads-the-parents-memory": "open(f'/proc/{os.getppid()}/mem', 'rb').read(1)",
        "reads-the-command-line": "open('/proc/1/cmdline').read()",
        "reads-the-sources": "import checks; open(checks.__file__).read()",
        "readlink": "os.readlink('/proc/self/exe')",
        "environment": "if not os.environ: raise OSError",
        "environment-of-libc": "libc.getenv.restype = ctypes.c_char_p\nif not libc.getenv(b'PATH'): raise OSError",
        "other-descriptors": "os.fstat(next(d for d in range(4, 4096) if os.read(d, 1)))",
        "standard-input": "input()",
        "reads-the-null-device": "os.read(0, 1)\nos.fstat(0)",
        "shared-memory": calling(29, "0x1234", "4096", "0o1666"),
        "message-queue": calling(68, "0x1234", "0o1666"),
        "kernel-keys": calling(250, "0", "-3", "0"),
        "imports-what-is-not-there": "import antigravity",
        "proofs-in-memory": (
            "import gc\n"
            "names = {type(x).__name__ for x in gc.get_objects()}\n"
            "if not names & {'Proof', 'StatisticProof', 'Grader', 'TaskFinding', 'Assignment', 'Stated'}:\n"
            "    raise OSError"
        ),
        "the-gradient-in-frames": (
            "frame, seen = sys._getframe(), []\n"
            "while frame:\n"
            "    seen += [repr(v)[:2000] for v in frame.f_locals.values()]\n"
            "    frame = frame.f_back\n"
            "if not any(word in text for text in seen for word in ('exact', 'gradient=', 'integrand=', 'hmac')):\n"
            "    raise OSError"
        ),
        "the-integrand-in-f": (
            "import gc\n"
            "if not any('TorchFunction' in type(x).__name__ for x in gc.get_objects()): raise OSError"
        ),
        "modules-with-solutions": "import checks.estimators.pathwise",
    }
)  # fmt: skip

WRITING = attempts(
    {
        "writes-a-file": "open('{place}/out', 'w').write('x')",
        "writes-over-the-key": "open('{place}/secret', 'a').write('x')",
        "writes-results": "open('/autograder/results/results.json', 'w').write('{}')",
        "makes-a-folder": "os.mkdir('{place}/folder')",
        "makes-a-link": "os.symlink('{place}/secret', '{place}/link')",
        "makes-a-hard-link": "os.link('{place}/secret', '{place}/link')",
        "removes-a-file": "os.unlink('{place}/secret')",
        "renames-a-file": "os.rename('{place}/secret', '{place}/other')",
        "truncates-a-file": "os.truncate('{place}/secret', 0)",
        "changes-rights": "os.chmod('{place}/secret', 0o777)",
        "changes-owner": "os.chown('{place}/secret', 0, 0)",
        "temporary-file": "import tempfile; tempfile.TemporaryFile()",
        "torch-save": "torch.save(torch.ones(2), '{place}/tensor.pt')",
        "numpy-save": "import numpy; numpy.save('{place}/array.npy', numpy.ones(2))",
        "memory-file": calling(319, "b'x'", "0"),
        "creat-of-libc": "if libc.creat(b'{place}/out', 0o600) < 0: raise OSError",
        "named-pipe": "os.mkfifo('{place}/pipe')",
        "device": "os.mknod('{place}/device')",
        "extended-attribute": "os.setxattr('{place}/secret', 'user.x', b'x')",
        "changes-the-root": "os.chroot('/')",
        "leaves-the-root": "os.chdir('..')",
    }
)  # fmt: skip

NETWORK = attempts(
    {
        "tcp": "socket.create_connection(('127.0.0.1', {port}), 1).send(b'x')",
        "udp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
        "ipv6": "socket.socket(socket.AF_INET6)",
        "local-socket": "socket.socket(socket.AF_UNIX)",
        "socket-pair": "socket.socketpair()",
        "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "raw-call": calling(41, "2", "1", "0"),
        "address-lookup": "socket.getaddrinfo('example.org', 80)",
        "url": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/', timeout=1)",
        "listens": "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()",
        "descriptor-over-the-channel": (
            "s = socket.socket(fileno=3)\n"
            "try:\n    socket.send_fds(s, [b'x'], [1])\nfinally:\n    s.detach()"
        ),
    }
)  # fmt: skip

PROCESSES = attempts(
    {
        "fork": "pid = os.fork()\nif pid == 0: os._exit(0)",
        "fork-bomb": "while True:\n    os.fork()",
        "vfork": calling(58),
        "clone": calling(56, "17", "0", "0", "0", "0"),
        "clone3": calling(435, "ctypes.byref((ctypes.c_uint64 * 8)())", "64"),
        "subprocess": "import subprocess; subprocess.run(['/bin/true'], check=True)",
        "shell": "if os.system('true'): raise OSError",
        "exec": "os.execv('/bin/true', ['true'])",
        "spawn": "os.posix_spawn('/bin/true', ['true'], {})",
        "thread": "import threading; t = threading.Thread(target=print); t.start(); t.join()",
        "process-pool": (
            "from concurrent.futures import ProcessPoolExecutor\n"
            "with ProcessPoolExecutor(1) as pool: pool.submit(int).result(1)"
        ),
        "multiprocessing": "import multiprocessing; multiprocessing.Pool(1).map(abs, [1])",
        "kills-its-parent": "os.kill(os.getppid(), 9)",
        "kills-everybody": "os.kill(-1, 9)",
        "kills-its-group": "os.killpg(0, 9)",
        "signals-by-handle": calling(434, "os.getppid()", "0"),
        "traces-its-parent": calling(101, "16", "os.getppid()", "0", "0"),
        "reads-another-process": calling(310, "os.getppid()", "0", "0", "0", "0", "0"),
        "limits-of-its-parent": calling(302, "os.getppid()", "7", "0", "ctypes.byref((ctypes.c_uint64 * 2)())"),
        "more-processor-time": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (9999, 9999))",
        "becomes-root": "os.setuid(0)",
        "another-user": "os.setresuid(1, 1, 1)",
        "namespaces": calling(272, "0x10000000"),
        "joins-namespaces": calling(308, "3", "0"),
        "mounts": calling(165, "b'none'", "b'/'", "b'tmpfs'", "0", "0"),
        "io-uring": calling(425, "8", "ctypes.byref((ctypes.c_uint64 * 16)())"),
        "bpf": calling(321, "5", "0", "0"),
        "performance-counters": calling(298, "0", "0", "-1", "-1", "0"),
        "page-faults": calling(323, "0"),
        "affinity-of-another": "os.sched_setaffinity(os.getppid(), {0})",
        "priority": "os.setpriority(os.PRIO_PROCESS, 0, -5)",
        "reboots": calling(169, "0xfee1dead", "672274793", "0"),
        "types-into-the-terminal": "import fcntl, termios; fcntl.ioctl(1, termios.TIOCSTI, b'x')",
        "new-session": "os.setsid()",
        "alarm": "import signal; signal.setitimer(signal.ITIMER_REAL, 0.01)",
        "duplicates-the-channel": "os.dup(3)",
        "lifts-the-filter": calling(317, "1", "0", "0"),
        "dumpable-again": "if libc.prctl(4, 1, 0, 0, 0) != 0: raise OSError",
    }
)  # fmt: skip

EFFECTS = {**READING, **WRITING, **NETWORK, **PROCESSES}
