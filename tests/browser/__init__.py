"""The settings page in a browser. A package: its fixtures end with its last test."""
