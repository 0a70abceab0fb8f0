"""What hangs, fails or takes other requests down with it."""
