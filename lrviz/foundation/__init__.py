"""What everything stands on: errors, files, printable text, numbers, arrays, the version."""
