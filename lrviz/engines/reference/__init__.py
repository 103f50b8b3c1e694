"""The reference engine: lrviz's own maths, in NumPy; never imports torch."""
