"""Exact moments of atoms, one file per kind of density, shared by the families' moment rules."""
