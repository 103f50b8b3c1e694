"""What everything else builds on: errors, files, printable text, numbers, arrays, the version."""
