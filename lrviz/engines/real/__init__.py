"""The real engines: torch's own classes, built and stepped. Only this package imports torch."""
