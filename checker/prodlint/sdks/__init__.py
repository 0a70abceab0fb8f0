"""What prodlint knows about LLM SDKs: one TOML record each, and the loader."""
