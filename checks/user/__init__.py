"""Somebody's own estimator: loaded, called, contained, and held against the proof."""
