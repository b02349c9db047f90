"""HTTP as it comes and goes: requests and responses as all rooms know them, and connections to upstreams."""
