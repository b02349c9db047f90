"""Comes with the layer."""

GREETING = "from the layer"
