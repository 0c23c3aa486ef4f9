"""gradproof's numeric side: holds Torch estimators against what ``derive`` proved."""
