"""findbench subcommands, one file each."""
