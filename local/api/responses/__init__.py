"""What the client gets: a function's result by the rules of its integration, or the gateway's own answer."""
