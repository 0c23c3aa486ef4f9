"""Estimators of second derivatives, one file each."""
