"""Derivations written by people: read from Markdown, LaTeX or notebooks, and judged line by line."""
