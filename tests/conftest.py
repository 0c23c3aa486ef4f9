"""Property tests draw the same examples every time, so that a change is judged by what it changes.

``GRADPROOF_EXPLORE=1`` draws new ones: run it now and then, and keep what it finds as an ``@example``.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("explore" if os.environ.get("GRADPROOF_EXPLORE") else "repeatable")
