"""Curves in the terminal, in braille."""
