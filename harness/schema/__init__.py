"""Every type that crosses rooms or lies on disk. Imports nothing heavy: who reads a record loads no more than this."""
