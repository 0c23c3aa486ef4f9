"""REBAR's toy problem on a page: exact variances over the log-odds, at a far and at a near target.

Tucker et al. 2017, REBAR, section 5.1. The closer t is to 1/2, the smaller is the gradient, and the more of
what a single-sample estimator shows is noise: REBAR's control variate is g(1/2), which is then nothing.
"""

from __future__ import annotations

from dataclasses import replace

from checks.comparison.rows import Question, compare
from checks.comparison.studies import STUDIES
from checks.comparison.text import picture
from checks.site.content import Subject
from checks.site.gallery import Gallery
from derive.cache import Cache

STUDY = STUDIES["rebar"]
# Those with a temperature stand at 1/2, their default.
ESTIMATORS = ("score_function", "leave_one_out", "arm", "disarm", "gumbel_softmax", "rebar")
SUBJECT = Subject("control-variates", STUDY.family, STUDY.integrand, (("t", "9/20"),), (STUDY.wrt,))


def toy(cache: Cache, workers: int) -> Gallery:
    """The variances at the first and at the last target."""
    figures = []
    for target in (STUDY.targets[0], STUDY.targets[-1]):
        over = f"{STUDY.wrt}={STUDY.over}"
        asked = Question(STUDY.family, STUDY.integrand, ESTIMATORS, f"t={target}", over, (STUDY.wrt,))
        made = picture(compare(asked, cache, workers), STUDY.wrt)
        caption = f"{made.caption}; t = {target}"
        figures.append(replace(made, name=f"{made.name}-t-{target.replace('/', '-over-')}", caption=caption))
    return Gallery(tuple(figures))
