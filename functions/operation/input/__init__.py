"""What an operation can be asked: the form of each field, and the models that check it."""
