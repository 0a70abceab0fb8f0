"""Credential detection: is this literal a key, where do keys stand in a text, and which are known already."""
