"""Evidence for or against an estimator: exact by replayed noise, statistical by an anytime-valid test."""
