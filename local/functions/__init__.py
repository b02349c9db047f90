"""Lambda: the functions of a template, in processes of their own.

In order: `functions` (which runs in which way), `workers` with `worker` (a handler) and `web_apps` (a web
application behind AWS Lambda Web Adapter), `sandbox` (the life of a process), `environment` (its variables),
`packages` and `python_startup` (what it can import), `invoke` (Lambda's own Invoke call).
"""
