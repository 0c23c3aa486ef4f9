"""``verify FILE.md|.tex|.ipynb``: a derivation that somebody wrote, judged and reported."""
