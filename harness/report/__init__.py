"""What people read of runs: tables, pages, comparisons and the live view, made from records alone."""
