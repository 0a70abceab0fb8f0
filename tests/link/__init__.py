"""Tests of the link stage; a package, so that they can share `project_builder`."""
