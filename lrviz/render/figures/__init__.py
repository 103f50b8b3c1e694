"""Results as pictures and films; the only package that imports matplotlib."""
