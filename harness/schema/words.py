"""How many of what, as people say it: `1 query`, `2,000 queries`. Everything that a person reads counts with this."""


def counted(n: int, one: str, many: str = "") -> str:
    """`n` with the noun in its right form. `many`: the plural, where it is not `one` with an s."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
