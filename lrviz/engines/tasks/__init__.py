"""What a real engine is asked to do, as plain data."""
