"""Estimators of second derivatives of a return, one file each."""
