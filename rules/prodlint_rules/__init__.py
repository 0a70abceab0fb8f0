"""prodlint's built-in rule pack.

One module a rule, in the folder of its category. A module whose name starts with an underscore is no rule.
"""
