"""Second derivatives: their estimators, the known wrong ones, and the proofs that judge both."""
