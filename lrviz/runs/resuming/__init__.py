"""A document and a place to stop -> how the run goes on under each way of resuming it."""
