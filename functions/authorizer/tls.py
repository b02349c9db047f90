"""TLS for the connection to DynamoDB. Imported only if the endpoint is https.

Owns which authorities are trusted: Amazon's roots first, and the system's if those do not match. Also checks
the endpoint's name in the server's certificate.
"""

import os.path
import ssl
from socket import socket

#: The roots of AWS's certificates: all five, as Amazon recommends for your own trust store.
#: Source: https://www.amazontrust.com/repository/
AMAZON_ROOTS = os.path.join(os.path.dirname(__file__), "amazon_roots.pem")  # noqa: PTH118, PTH120 - `pathlib` is dear


class Tls:
    """Makes connected sockets to one host secure."""

    def __init__(self, host: str) -> None:
        # The system's certificates, some 150, are read in 10 to 40 ms, most of this module's cost; five in 1.
        self._context = ssl.create_default_context(cafile=AMAZON_ROOTS)
        self._trusts_system = False
        self._host = host.encode()

    def secured(self, sock: socket) -> ssl.SSLSocket:
        """`sock` after its handshake. Raises OSError.

        A peer that Amazon's roots do not vouch for is refused as any other, but from then on what the system
        trusts counts as well: a proxy's certificate or an isolated partition's is good at the next try.
        """
        try:
            return self._context.wrap_socket(sock, server_hostname=self._host)
        except ssl.SSLCertVerificationError:
            if not self._trusts_system:
                self._context.load_default_certs()
                self._trusts_system = True
            raise
