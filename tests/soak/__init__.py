"""A server under everyday load for half an hour: what it holds must not grow."""
