"""What training frameworks and people log: files of learning rates -> `Logged`, a file for each kind."""
