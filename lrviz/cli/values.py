"""Texts of options as the values that documents hold."""

from __future__ import annotations


def plain(text: str | None) -> object:
    """Return what a text means as YAML; what is no number is left for the document to refuse."""
    from lrviz.language.marked_yaml import scalar

    return None if text is None else scalar(text.strip())


def numbers(text: str | None) -> object:
    """Return what numbers between commas mean, as a list."""
    from lrviz.language.marked_yaml import scalar

    return None if text is None else [scalar(part.strip()) for part in text.strip("[]() ").split(",")]
