"""What makes a person wait."""
