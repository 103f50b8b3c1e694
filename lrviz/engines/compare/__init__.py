"""The cross-check: what the reference computed against what the real engine did."""
