"""Compares what prodlint says about real packages with labels that were made by reading their code."""
