"""The memoriser: an adaptive table of what was asked, without a hypothesis about the function."""
