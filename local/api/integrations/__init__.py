"""The integrations, which answer a call that passed the guards: one module for each kind."""
