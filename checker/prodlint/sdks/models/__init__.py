"""Models: their limits, prices and retirement, as data with a date."""
