"""The mistakes that torch accepts: rules over a document and its simulated curve."""
