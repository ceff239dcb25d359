"""Labs: a container with a hidden function wired to `f`; code runners: one without."""
