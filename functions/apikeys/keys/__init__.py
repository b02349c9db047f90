"""Keys: what one is, what may change about it, and how its item, its index and its lists are read."""
