"""The reference backend: a Runtime API and an MCP endpoint, as one ASGI app behind API Gateway.

It shows what a service of one's own needs to know of the keys in front of it: who calls, which is all that
`caller` owns. It never sees a key's secret in any other way than as a header that it does not read.
"""
