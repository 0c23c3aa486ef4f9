"""gradproof's numeric side: holds Torch estimators against what ``derive`` proved.

``from checks import assert_unbiased`` gives the assertion for test suites; nothing large is imported
before it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checks.testing import assert_unbiased as assert_unbiased

__all__ = ["assert_unbiased"]


def __getattr__(name: str) -> Any:
    if name != "assert_unbiased":
        raise AttributeError(f"module 'checks' has no attribute '{name}'")
    from checks.testing import assert_unbiased

    return assert_unbiased
