"""What leaks, or lets others in."""
