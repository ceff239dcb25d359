"""Judges of descriptions, behind one interface (`verdict`). Each is calibrated by `calibrate`."""
