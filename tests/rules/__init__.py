"""What each built-in rule decides, on values of the linked model; no source code is parsed here."""
