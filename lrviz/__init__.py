"""See what your learning rate will be, and how your optimizer moves, before the run."""

__version__ = "0.1.0"
