"""Usage: how often each key was called, with every call counted once."""
