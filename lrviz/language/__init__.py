"""The small languages of a document: its numbers and lengths, and its formulas."""
