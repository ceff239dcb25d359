"""Judges of descriptions, behind one interface. Each is calibrated by `findbench.harness.scoring.judges.calibrate`."""
