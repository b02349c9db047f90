"""What answers a call that passed the guards, one module for each kind of integration."""
