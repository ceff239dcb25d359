"""What goes into the sandbox image: the runner, locked requirements, seccomp profile, base bootstrap."""
