"""What a wrong estimator looks like."""

from __future__ import annotations

from checks.judge import Stated
from checks.suite import CheckSpec
from checks.user.call import Subject
from checks.user.check import Explain, Explanation
from checks.user.judging import Judged
from checks.user.probing import Probe
from derive.cache import Cache


def explainer(spec: CheckSpec, cache: Cache) -> Explain:
    """A function that explains a refuted estimator of the check ``spec``."""

    def explain(subject: Subject, seen: Probe, judged: Judged, stated: Stated) -> Explanation:
        return Explanation()

    return explain
