"""The report of a class: one HTML file that needs no network and no JavaScript."""
