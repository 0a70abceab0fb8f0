"""How fast prodlint is."""
