"""Tests of extraction; a package, so that they can share `reading_facts`."""
