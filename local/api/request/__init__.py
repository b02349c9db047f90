"""One request to the API: the method that it is for, its parameters, and the event that it becomes."""
