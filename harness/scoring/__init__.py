"""Scoring of interpretations: submitted code by what it computes on held-out inputs, in a lab without an oracle."""
