"""Which versions of its libraries a project uses, read from its own lock and requirement files."""
