"""The link stage: from the facts of all files to the project's LLM requests and their effective settings."""
