"""The documents: one source, the judged derivations and the verdicts, in five formats."""
