"""Attempts to be given a point by frames: guessed, doubled, endless, of another shape, or never finished."""

# ruff: noqa: E501  (submissions stand here as they are handed in)

from __future__ import annotations

from tests.checks.grading.hostile.corpus import Case, plain

_WIRE = """
import os, struct
HEADER = struct.Struct("<4sB3xQI")

def frame(kind, nonce, body=b""):
    return HEADER.pack(b"gpw1", kind, nonce, len(body)) + body

def session():
    import sys
    at = sys._getframe()
    while at:
        for value in at.f_locals.values():
            if type(value).__name__ == "Session":
                return value
        at = at.f_back

def rows(*numbers):
    return struct.pack("<BBI", 1, 0, 1) + struct.pack("<BII", 2, 1, len(numbers)) + struct.pack("<2d", *numbers)
"""


def _wired(text: str) -> str:
    return _WIRE + text


FRAMES: dict[str, Case] = {
    **plain(
        {
            "a-frame-with-a-guessed-nonce": _wired("""
def estimate(f, theta, n):
    os.write(3, frame(37, 0, rows(1.0, 4.0)))
    return wrong(f, theta, n)
"""),
            "an-answer-in-advance": _wired("""
def estimate(f, theta, n):
    s = session()
    os.write(3, frame(37, s._nonce, rows(0.125, 0.125)))
    return right(f, theta, n)
"""),
            "two-answers": _wired("""
def estimate(f, theta, n):
    s = session()
    os.write(3, frame(37, s._nonce, rows(0.125, 0.125)) + frame(37, s._nonce, rows(0.125, 0.125)))
    return right(f, theta, n)
"""),
            "an-endless-frame": _wired("""
def estimate(f, theta, n):
    os.write(3, HEADER.pack(b"gpw1", 37, session()._nonce, 2**32 - 1))
    return wrong(f, theta, n)
"""),
            "garbage": "import os\ndef estimate(f, theta, n):\n    os.write(3, b'A' * 4096); return wrong(f, theta, n)\n",
            "an-unknown-kind": _wired("""
def estimate(f, theta, n):
    os.write(3, frame(99, session()._nonce)); return wrong(f, theta, n)
"""),
            "a-second-greeting": _wired("""
def estimate(f, theta, n):
    os.write(3, frame(32, session()._nonce, struct.pack("<I", 63))); return wrong(f, theta, n)
"""),
            "rows-of-another-shape": _wired("""
def estimate(f, theta, n):
    body = struct.pack("<BBI", 1, 0, 1) + struct.pack("<BII", 2, 1, 3) + struct.pack("<3d", 1, 2, 3)
    os.write(3, frame(37, session()._nonce, body)); return wrong(f, theta, n)
"""),
            "rows-of-another-form": _wired("""
def estimate(f, theta, n):
    body = struct.pack("<BBI", 200, 0, 1) + struct.pack("<BII", 2, 1, 2) + struct.pack("<2d", 1, 2)
    os.write(3, frame(37, session()._nonce, body)); return wrong(f, theta, n)
"""),
            "an-array-of-sixty-dimensions": _wired("""
def estimate(f, theta, n):
    body = struct.pack("<BBI", 1, 0, 1) + bytes([60]) + bytes(240)
    os.write(3, frame(37, session()._nonce, body)); return wrong(f, theta, n)
"""),
            "an-array-whose-size-overflows": _wired("""
def estimate(f, theta, n):
    body = struct.pack("<BBI", 1, 0, 1) + struct.pack("<BIII", 3, 2**31, 2**31, 2**31)
    os.write(3, frame(37, session()._nonce, body)); return wrong(f, theta, n)
"""),
            "a-failure-of-no-kind": _wired("""
def estimate(f, theta, n):
    os.write(3, frame(38, session()._nonce, struct.pack("<BI", 250, 1) + b"x")); return wrong(f, theta, n)
"""),
            "a-draw-from-no-law": _wired("""
def estimate(f, theta, n):
    session()._question(36, bytes([77])); return wrong(f, theta, n)
"""),
            "an-empty-draw": _wired("""
def estimate(f, theta, n):
    session()._question(36, b""); return wrong(f, theta, n)
"""),
        },
        "protocol",
    ),
    **plain(
        {
            "too-many-draws": _wired("""
def estimate(f, theta, n):
    session()._question(36, struct.pack("<BBII", 1, 2, 2**31, 2**31)); return right(f, theta, n)
"""),
            "a-derivative-of-order-two-hundred": _wired("""
def estimate(f, theta, n):
    order = bytes([1]) * 200
    session()._question(35, bytes([200]) + order + bytes([0, 1, 1, 0, 0, 0]) + bytes(8)); return right(f, theta, n)
"""),
            "weights-that-are-none": _wired("""
def estimate(f, theta, n):
    body = struct.pack("<BIB", 6, 5, 1) + struct.pack("<BI", 1, 2) + struct.pack("<2d", -1.0, float("nan"))
    session()._question(36, body); return right(f, theta, n)
"""),
            "asks-at-ten-million-points": "def estimate(f, theta, n): return f(torch.zeros(10**7) + theta.mu).mean()\n",
        },
        "raised",
    ),
    **plain(
        {
            "half-a-frame": _wired("""
import time
def estimate(f, theta, n):
    os.write(3, HEADER.pack(b"gpw1", 37, session()._nonce, 64)[:10])
    time.sleep(1000)
"""),
            "endless-questions": """
def estimate(f, theta, n):
    while True:
        f(theta.mu)
""",
            "endless-questions-of-a-million": """
def estimate(f, theta, n):
    a = torch.zeros(1 << 17, dtype=torch.float64)
    while True:
        with torch.no_grad():
            f(a)
""",
            "endless-draws": """
def estimate(f, theta, n):
    while True:
        torch.randn(1)
""",
        },
        "time",
        budget=0.4,
    ),
    "swallows-the-order-to-stop": Case(
        """
import torch
def estimate(f, theta, n):
    while True:
        try:
            torch.rand(3).geometric_(0.5)
        except BaseException:
            pass
""",
        ("protocol", "time"),
        budget=0.4,
    ),
}
