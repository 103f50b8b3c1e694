"""A document as a plain torch script."""

INDENT = "    "
