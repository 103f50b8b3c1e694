"""From the values of a log to a document whose curve they are: families, how they are searched, and what is printed."""
