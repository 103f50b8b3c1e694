"""From what a command line names to documents: one class for each kind of source, in a file of its own."""
