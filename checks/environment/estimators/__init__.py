"""One file each, found by listing this folder; nothing is imported before it is asked for."""
