"""The recorder: `probe/` runs inside the user's process, `read` makes results of what it wrote."""
