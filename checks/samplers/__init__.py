"""Samplers of laws, one file each, named as the law in a ``derive`` term.

A sampler is ``sample(parameters, shape, generator)`` with the law's parameters as floats in the order of
its family; it returns float64 draws. Each is an exact transformation of draws that Torch makes in float64
from the generator given, and reaches both tails to full precision: where a uniform number would be
rounded to 1, ``exp(-e)`` with exponential ``e`` is used instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from derive.registry import Registry

if TYPE_CHECKING:
    import torch

Sampler: TypeAlias = "Callable[[Sequence[float], tuple[int, ...], torch.Generator], torch.Tensor]"

SAMPLERS: Registry[Sampler] = Registry(__name__, "sample", "sampler")
