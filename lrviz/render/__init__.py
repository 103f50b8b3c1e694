"""Results become pictures, tables, terminal plots, and data for other programs."""
