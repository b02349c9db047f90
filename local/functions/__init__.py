"""Lambda: the functions of a template, each in its own processes.

In order: `functions` (how each function runs), `workers` with `worker` (a handler) and `web_apps` (a web
application behind AWS Lambda Web Adapter), `sandbox` (the life of a process), `environment` (its variables),
`packages` and `python_startup` (what it can import), `invoke` (Lambda's own Invoke call).
"""
