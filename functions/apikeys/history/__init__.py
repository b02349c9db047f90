"""History: the events that changes of keys cause, and where they are kept."""
