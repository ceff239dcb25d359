"""Seeds: every random choice derives from named parts, so a transcript replays and no two uses share a stream."""

import hashlib


def derive(*parts: str | int) -> int:
    """A 64-bit seed from the parts (SHA-256 over their encoding): equal parts, equal seed, on any machine."""
    digest = hashlib.sha256("\x1f".join(f"{type(part).__name__}:{part}" for part in parts).encode())
    return int.from_bytes(digest.digest()[:8], "little")
