"""The reference backend: a Runtime API and an MCP endpoint, as one ASGI app behind API Gateway.

It shows what your own service needs to know about keys: only who calls, which `caller` owns. The key's secret
reaches it only in a header that it does not read.
"""
