"""RELAX of one coin in mpmath: its variance by one-dimensional quadratures, made without gradproof."""

from __future__ import annotations

from dataclasses import dataclass

import mpmath


@dataclass(frozen=True)
class Coin:
    """The coin, the cost ``(x - t)**2`` and the control variate, in mpmath."""

    p: mpmath.mpf
    t: mpmath.mpf
    eta: mpmath.mpf
    tau: mpmath.mpf
    r0: mpmath.mpf
    r1: mpmath.mpf

    def cost(self, x: mpmath.mpf) -> mpmath.mpf:
        return (x - self.t) ** 2

    def control(self, z: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf]:
        """``c(z)`` and its derivative."""
        y, bend = 1 / (1 + mpmath.exp(-z / self.tau)), mpmath.tanh(z / 2)
        slope = self.eta * 2 * (y - self.t) * y * (1 - y) / self.tau + self.r1 * (1 - bend**2) / 2
        return self.eta * self.cost(y) + self.r0 + self.r1 * bend, slope

    def given(self, b: int, v: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf]:
        """``z~`` and its derivative by the log-odds."""
        p, q = self.p, 1 - self.p
        u = q + v * p if b else v * q
        speed = v * p / u if b else (1 - v) * q / (1 - u)
        return mpmath.log(p / q) + mpmath.log(u / (1 - u)), speed

    def variance(self) -> mpmath.mpf:
        """By the log-odds: between the coin's two means, and of the two paths given the coin."""
        p, q = self.p, 1 - self.p
        found = (
            p * q * (q * self.cost(mpmath.mpf(1)) + p * self.cost(mpmath.mpf(0)) - self.control(0)[0]) ** 2
        )
        for b, mass, score in ((1, p, q), (0, q, -p)):

            def path(v: mpmath.mpf, b: int = b) -> mpmath.mpf:
                return self.control(self.given(b, v)[0])[1]

            def again(v: mpmath.mpf, b: int = b, score: mpmath.mpf = score) -> mpmath.mpf:
                z, speed = self.given(b, v)
                value, slope = self.control(z)
                return value * score + slope * speed

            for part in (path, again):
                first, second = (mpmath.quad(lambda v, k=k, f=part: f(v) ** k, [0, 0.5, 1]) for k in (1, 2))
                found += mass * (second - first**2)
        return found

    def lost(self) -> mpmath.mpf:
        """``E[c(z) d log p(b)]`` by the log-odds, which the twin takes away."""
        p, q = self.p, 1 - self.p
        parts = (
            mass * score * mpmath.quad(lambda v, b=b: self.control(self.given(b, v)[0])[0], [0, 0.5, 1])
            for b, mass, score in ((1, p, q), (0, q, -p))
        )
        return sum(parts, mpmath.mpf(0))
