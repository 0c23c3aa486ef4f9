"""Numbers for judging steps: float arrays, quadrature, and rigorous balls. Nothing here makes a step."""
