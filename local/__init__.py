"""Amazon API Gateway on a laptop: serves the REST API of a SAM template, with no Docker and no AWS account.

    .venv/bin/python -m local --template template.yaml --port 3000

A request walks through the rooms in this order, and each knows those after it alone:

    server      the port, connections, start and stop
    api         Amazon API Gateway: request, guards, integrations, responses
    services    DynamoDB and its streams, CloudWatch Logs, EventBridge, usage plans, and an error for all else
    functions   Lambda: workers, web applications, Invoke
    wire        HTTP requests and responses as all of them know them
    template    what the template declares

With `--with NAME=FILE`, another template's API is served on the next port, as a stack of its own on the same
functions and tables, and the first template can import what it exports.

The template is transformed by the same library that AWS uses for it, and what is served is the OpenAPI body
that API Gateway would get: routes, authorizers, gateway responses, Lambda proxy events and responses,
streamed answers and HTTP proxies. Functions run as on Lambda, in processes of their own, on a DynamoDB that
is embedded unless DYNAMODB_ENDPOINT names another. They see the packages of their own requirements.txt and of
Lambda's runtime, reach Lambda's Invoke here, may make API keys and put them into usage plans, and get an
error that says so from every other service of AWS. Usage plans throttle and have quotas, by key.

A tool for development, and for loopback only. It checks no AWS signature and no IAM permission of a function,
and it does not imitate: mapping templates (VTL) and integrations other than Lambda, HTTP proxies and mocks
with a fixed answer, authorizer caching, throttling of stages and methods, IAM and Cognito authorizers
(methods that ask for one are always refused), conditions of resource policies other than those on the address
and on texts, WAF, custom domains, canaries, filter patterns other than a comparison of one JSON property,
event sources other than a table's stream, filters of it other than equal texts, batching windows, bisecting
and destinations, retries of asynchronous invocations, the limit of a function's concurrency (16 calls of it
run at once, the others wait; 64 of a web application), layers that are not the template's own other than AWS
Lambda Web Adapter, container images, and runtimes other than Python (the Python that runs the gateway runs
the functions, whatever version they ask for). URLs have no stage: what is /live/keys on AWS is /keys here.

What cannot be served is told in a line each at start, and leaves the rest as it is. A function answers its
calls like one that cannot start; its code is a directory beside the template or stands within it, and so it
is for a plain AWS::Lambda::Function. HTTP APIs, state machines and other kinds of resources are left out. A
parameter's value and a rule that a deployment would refuse are warned of.
"""
