"""Known wrong second derivatives of a return, one file each."""
