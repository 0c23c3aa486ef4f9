"""Environments: finite Markov decision processes, a linear simulator, a black box; exact and without Torch."""
