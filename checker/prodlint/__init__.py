"""prodlint: a production-readiness linter for Python code that calls LLM APIs."""

__version__ = "0.1.0"
