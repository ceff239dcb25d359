"""Measurements against baselines of the same run: ratios hold on a shared machine where seconds do not."""
