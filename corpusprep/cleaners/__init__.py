"""One file per cleaner: a callable that reads a Context and yields claims."""
