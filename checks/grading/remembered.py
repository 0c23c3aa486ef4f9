"""Functions of a proof, computed once for each: a class is judged by a few proofs, again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from derive.proof import Proof

T = TypeVar("T")
# More proofs than an assignment has; the one that was longest not asked for is forgotten.
MOST = 256


def once_for_each_proof(function: Callable[[Proof], T]) -> Callable[[Proof], T]:
    """The same function, which remembers: proofs hold dicts and are no keys, so they are known by identity.

    What it returns is shared by all who ask for it, and must not be changed.
    """
    known: OrderedDict[int, tuple[Proof, T]] = OrderedDict()

    @wraps(function)
    def remembered(proof: Proof) -> T:
        found = known.get(id(proof))
        if found is None:
            # The proof is kept with it, so that no other one has its identity.
            found = known[id(proof)] = (proof, function(proof))
            if len(known) > MOST:
                known.popitem(last=False)
        else:
            known.move_to_end(id(proof))
        return found[1]

    return remembered
