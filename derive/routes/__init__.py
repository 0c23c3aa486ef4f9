"""The routes, one file each: how rules are chained from d/dtheta E[g] to its gradient."""

from __future__ import annotations

from derive.registry import Registry
from derive.routes._route import Route as Route
from derive.routes._route import derive as derive
from derive.routes._route import with_constants as with_constants

ROUTES: Registry[Route] = Registry(__name__, "ROUTE", "route")
