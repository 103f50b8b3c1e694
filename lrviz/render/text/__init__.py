"""Results as tables, terminal plots and sentences."""
