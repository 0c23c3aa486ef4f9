"""Second derivatives of the return of a decision process: estimators, mistakes, and the exact Hessian."""
