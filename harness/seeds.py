"""Secrets and seeds: every random choice of an episode derives from its run's secret and from named parts.

A secret is 128 random bits, so that nothing that a container sees is a hash of guessable parts. Equal parts give equal
seeds: a transcript replays, two runs under one secret pair, and no two uses share a stream.
"""

import hashlib
import secrets


def derive(*parts: str | int) -> int:
    """A 64-bit seed from the parts (SHA-256 over their encoding): equal parts, equal seed, on any machine."""
    return int.from_bytes(_digest(parts)[:8], "little")


def new_secret() -> str:
    """A secret for one run, from the system's source of randomness: 32 hex digits."""
    return secrets.token_hex(16)


def secret_of_seed(seed: int) -> str:
    """The secret of a reproducible run: whoever knows `seed` knows it, and everything that derives from it."""
    return _digest(("reproducible", seed))[:16].hex()


def _digest(parts: tuple[str | int, ...]) -> bytes:
    return hashlib.sha256("\x1f".join(f"{type(part).__name__}:{part}" for part in parts).encode()).digest()
