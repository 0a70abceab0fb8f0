"""Measurements of prodlint that anyone can repeat: `python -m bench`."""
