"""Data in pages: JSON in a script element, or as a script of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def data_script(view: Mapping[str, Any]) -> bytes:
    """Return a view as a script, which pages of a file system can load as those of a server can."""
    return f"lrvizData({json_in_script(view)});\n".encode()


def json_in_script(value: Mapping[str, Any] | Sequence[Any]) -> str:
    r"""Return data as JSON that can neither end the script element that holds it nor be anything but JSON.

    >>> json_in_script({"title": "</script> & \u2028"})
    '{"title":"\\u003c/script\\u003e \\u0026 \\u2028"}'
    """
    # Whatever is not ASCII is escaped, too, so that U+2028, U+2029 and lone halves of characters are.
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text
