"""Exact bias and variance of every estimator that applies, as a function of a parameter: `compare`."""
