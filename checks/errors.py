"""Errors that several parts of ``checks`` raise."""

from __future__ import annotations

from derive.errors import DeriveError


class Unavailable(DeriveError):
    """This machine lacks what was asked for: an optional package, a scheduler, a sandbox, equal versions."""
