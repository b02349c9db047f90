"""Sessions: people who are signed in to the settings page, and the tickets that let them in."""
