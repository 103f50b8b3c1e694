"""A document and a place to stop -> how the run continues in each way of resuming it."""
