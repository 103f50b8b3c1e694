"""The recorder: `probe/` runs inside the user's process, `read` turns its file into results."""
