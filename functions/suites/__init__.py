"""Suites: named, seeded, checksummed sets of functions."""
