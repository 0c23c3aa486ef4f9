"""One cache of proofs for all tests of users' estimators."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.cache import Cache


@pytest.fixture(scope="session")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """A cache in a folder of its own, so that nothing of this machine is read."""
    folder: Path = tmp_path_factory.mktemp("proofs")
    return Cache(folder)
