"""What prodlint knows about Python libraries other than LLM SDKs: TOML tables, their shape, and the loader."""
