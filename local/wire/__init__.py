"""HTTP requests and responses in the form that all packages share, and connections to upstreams."""
