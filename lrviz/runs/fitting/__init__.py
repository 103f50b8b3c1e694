"""From the values of a log to a document with the same curve: families of schedules, the search, the text."""
