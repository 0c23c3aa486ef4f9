"""Grading: sealed, exact, from one student to a class."""
