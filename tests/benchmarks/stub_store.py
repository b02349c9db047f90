"""A DynamoDB that costs next to nothing, in a separate process, so that what is measured is the client.

Owns the pinned answers: the bytes that DynamoDB would send for one GetItem, over a kept-alive connection.
`python -m tests.benchmarks.stub_store HOST [CERTIFICATE KEY]` reads {"KEY_ID": {"ATTRIBUTE": "TEXT"}} from
its standard input, prints its port, and ends when its standard input ends. With a certificate it speaks TLS.
"""

import json
import socket
import ssl
import sys
import zlib
from threading import Thread


def response(body: bytes) -> bytes:
    """What DynamoDB sends around `body`."""
    head = (
        "HTTP/1.1 200 OK\r\nServer: Server\r\nDate: Tue, 24 Nov 2026 09:30:00 GMT\r\n"
        f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n"
        "Connection: keep-alive\r\nx-amzn-RequestId: 4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG\r\n"
        f"x-amz-crc32: {zlib.crc32(body)}\r\n\r\n"
    )
    return head.encode() + body


def serve(connection: socket.socket, items: dict[bytes, bytes], tls: ssl.SSLContext | None) -> None:
    """Answer each request on `connection` with the item whose id it holds."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls:
        try:
            connection = tls.wrap_socket(connection, server_side=True)
        except ssl.SSLError:  # a client that does not trust the certificate, or not yet
            return
    none = response(b"{}")
    while data := connection.recv(65_536):
        while not data.endswith(b"}"):
            data += connection.recv(65_536)
        start = data.find(b'"key_')
        connection.sendall(items.get(data[start + 1 : start + 17], none))


def main() -> None:
    """Serve until the standard input ends."""
    host, *certificate = sys.argv[1:]
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*certificate)
    wanted = json.loads(sys.stdin.readline())
    items = {
        key_id.encode(): response(
            json.dumps(
                {"Item": {name: {"S": text} for name, text in item.items()}}, separators=(",", ":")
            ).encode()
        )
        for key_id, item in wanted.items()
    }
    listener = socket.create_server((host, 0))
    print(listener.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            Thread(target=serve, args=[listener.accept()[0], items, tls], daemon=True).start()

    Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
