"""Whether two sources give the same learning rates, and if not, why."""
