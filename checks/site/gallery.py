"""What of pictures stands on one page."""

from __future__ import annotations

from dataclasses import dataclass

from checks.figures import Figure


@dataclass(frozen=True, slots=True)
class Slider:
    """Rows over one number that a page lets one move through; the static figure says the same."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """The pictures of one page, and a slider where moving through the rows says more."""

    figures: tuple[Figure, ...]
    slider: Slider | None = None
