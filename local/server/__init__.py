"""The server: it takes the port, reads requests, writes responses, and starts and stops all the rest."""
