"""The attack suite: one file for each attack on a lab, run by `findbench attack` and by the project's own tests."""
