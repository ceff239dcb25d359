"""String functions: text in, text out; one operation of the registry, or two composed."""
