"""Estimators with their derivatives written out: the same rows for the same draws, without autograd.

``slopes`` differentiates plain trees, ``program`` and ``source`` make straight-line Torch code of them at a
point, ``parts`` is what an estimator composes, ``written`` has the formulas, ``rows`` draws and runs, and
``batches`` serves a sequential test. What is *checked* is always the estimator's own Torch code.
"""
