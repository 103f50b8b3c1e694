"""A sweep document -> a Sweep: a grid is cut into tiles, which are computed, kept in a store, and put together."""
