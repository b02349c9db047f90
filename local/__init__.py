"""Amazon API Gateway on your machine: serves a SAM template's REST API without Docker or an AWS account.

    .venv/bin/python -m local --template template.yaml --port 3000

A request passes through these packages in this order, and each imports only those after it:

    server      the port, connections, start and stop
    api         Amazon API Gateway: request, guards, integrations, responses
    services    DynamoDB and its streams, CloudWatch Logs, EventBridge, usage plans, and an error for all else
    functions   Lambda: workers, web applications, Invoke
    wire        HTTP requests and responses, in the form that all packages share
    template    what the template declares

With `--with NAME=FILE`, another template's API is served on the next port. It is a stack with its own name,
uses the same functions and tables, and the first template can import what it exports.

The library that AWS itself uses transforms the template, and the gateway serves the OpenAPI body that API
Gateway would get: routes, authorizers, gateway responses, Lambda proxy events and responses, streamed answers
and HTTP proxies. Functions run as on Lambda, each in its own processes, and use an embedded DynamoDB unless
DYNAMODB_ENDPOINT names another one. They can import the packages of their own requirements.txt and of
Lambda's runtime, call Lambda's Invoke, create API keys and put them into usage plans. Calls of any other AWS
service get an error that says so. Usage plans throttle each key, and have quotas.

A tool for development, and only on loopback. It checks no AWS signature and no IAM permission of a function,
and it does not imitate: mapping templates (VTL) and integrations other than Lambda, HTTP proxies and mocks
with a fixed answer, authorizer caching, throttling of stages and methods, IAM and Cognito authorizers
(methods that ask for one are always refused), conditions of resource policies other than those on the address
and on texts, WAF, custom domains, canaries, filter patterns other than a comparison of one JSON property,
event sources other than a table's stream, filters of a stream other than equal texts, batching windows,
bisecting and destinations, retries of asynchronous invocations, the limit of a function's concurrency (16
calls of it run at once, the others wait; 64 of a web application), layers other than the template's own and
AWS Lambda Web Adapter, container images, and runtimes other than Python (functions run on the Python that
runs the gateway, whatever version they ask for). URLs have no stage: what is /live/keys on AWS is /keys here.

When it starts, it prints one line for each part that it cannot serve, and serves the rest. A function that
cannot be served answers its calls like a function that cannot start. A function's code must be a directory
next to the template or inline code, also for a plain AWS::Lambda::Function. HTTP APIs, state machines and
other kinds of resources are left out. It warns of parameter values and rules that a deployment would refuse.
"""
