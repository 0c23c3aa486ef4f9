"""Environments: finite Markov decision processes, a linear simulator, a black box; exact, without Torch."""
