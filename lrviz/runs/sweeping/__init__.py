"""A sweep document -> a Sweep: a grid cut into tiles, which are computed somewhere, kept in a store, put together."""
