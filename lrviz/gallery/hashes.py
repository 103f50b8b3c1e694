"""Short hashes: enough to tell files apart, not for security."""

from __future__ import annotations

from hashlib import blake2b


def short_hash(data: bytes) -> str:
    """Return 16 hexadecimal digits."""
    return blake2b(data, digest_size=8).hexdigest()
