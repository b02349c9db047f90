"""A stand-in for AWS Lambda Web Adapter, whose layer comes only from AWS: it runs inside the container.

`python3.13 adapter.py COMMAND PORT` listens on PORT. The first call starts COMMAND, as the emulator starts
Lambda's runtime; once the web server listens, the event becomes a request, as with the adapter, and its
answer the function's. Owns nothing else of the adapter, and imports only what Lambda's Python has.
https://aws.github.io/aws-lambda-web-adapter/
"""

import json
import os
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer

_PORT = 8090
_LOOK_AGAIN_S = 0.002


class _Invocations(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _start()
        connection = HTTPConnection("127.0.0.1", _PORT)
        headers = {"x-amzn-request-context": json.dumps(event["requestContext"])}
        connection.request(event["httpMethod"], event["path"], event.get("body"), headers)
        response = connection.getresponse()
        answer = {"statusCode": response.status, "body": response.read().decode()}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _start() -> None:
    subprocess.Popen([sys.argv[1]], env=os.environ | {"PORT": str(_PORT)})
    while True:
        try:
            socket.create_connection(("127.0.0.1", _PORT)).close()
        except OSError:
            time.sleep(_LOOK_AGAIN_S)
        else:
            return


if __name__ == "__main__":
    HTTPServer(("", int(sys.argv[2])), _Invocations).serve_forever()
