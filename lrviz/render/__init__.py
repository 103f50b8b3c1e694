"""Results become pictures, tables and terminal plots; the only folder that imports matplotlib."""
