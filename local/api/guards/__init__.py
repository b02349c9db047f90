"""What stands before a method: whoever does not pass all of them never reaches an integration."""
