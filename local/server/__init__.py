"""The server: it opens the port, reads requests, writes responses, and starts and stops everything else."""
