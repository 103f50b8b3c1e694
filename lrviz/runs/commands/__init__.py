"""What commands do below the command line: the skeleton that they share, and one class for each."""
