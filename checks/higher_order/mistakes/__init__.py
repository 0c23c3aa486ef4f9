"""Known wrong second derivatives, one file each."""
