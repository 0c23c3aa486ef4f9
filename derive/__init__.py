"""gradproof's symbolic side: derives the gradient of an expectation, step by judged step."""
