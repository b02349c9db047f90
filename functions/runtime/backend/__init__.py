"""The reference backend: a Runtime API and an MCP endpoint, as one ASGI app behind API Gateway.

It shows what your own service needs to know about the keys in front of it: who calls, which is all that
`caller` owns. It never sees a key's secret in any other way than as a header that it does not read.
"""
