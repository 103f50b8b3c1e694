"""YAML text -> validated document, with a place for every fault."""
