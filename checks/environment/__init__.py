"""Estimators where the environment is differentiated: through a policy, a simulator or a black box."""
