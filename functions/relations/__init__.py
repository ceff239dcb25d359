"""Relations: an entity's name in, another's out, after facts of maintained libraries."""
