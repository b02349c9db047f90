"""The connection to an https endpoint: nobody is believed without a certificate for the endpoint's name."""

import contextlib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from authorizer.dynamodb import ItemReader, StoreError
from tests.integration.authorizer.scripted_store import ITEM, KEY_ID, ScriptedStore, send_and_close


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for `localhost`, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(signed.public_bytes(Encoding.PEM) + private)
    return file


@pytest.fixture
def store(certificate: Path) -> Iterator[ScriptedStore]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    store = ScriptedStore(tls=context)
    yield store
    store.stop()


def reader(store: ScriptedStore, host: str) -> contextlib.closing[ItemReader]:
    environ = store.environ(AWS_ENDPOINT_URL=f"https://{host}:{store.port}")
    return contextlib.closing(ItemReader("Keys", environ, budget=30))


def test_an_item_is_read_from_a_trusted_endpoint(
    store: ScriptedStore, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with reader(store, "localhost") as item_reader:
        assert item_reader.get("id", KEY_ID) == ITEM
        assert item_reader.get("id", KEY_ID) == ITEM
    assert store.connections == 1


def test_a_connection_that_died_while_idle_is_replaced(
    store: ScriptedStore, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with reader(store, "localhost") as item_reader:
        item_reader.get("id", KEY_ID)
        store.drop_connections()
        assert item_reader.get("id", KEY_ID) == ITEM
    assert store.connections == 2


def test_a_cut_response_is_asked_for_again(
    store: ScriptedStore, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    store.script = [send_and_close(b"HTTP/1.1 200 OK\r\n")]
    with reader(store, "localhost") as item_reader:
        assert item_reader.get("id", KEY_ID) == ITEM


def test_a_certificate_that_nobody_vouches_for_is_refused(store: ScriptedStore) -> None:
    with (
        reader(store, "localhost") as item_reader,
        pytest.raises(StoreError, match="SSLCertVerificationError"),
    ):
        item_reader.get("id", KEY_ID)
    assert store.requests == []


def test_a_certificate_for_another_name_is_refused(
    store: ScriptedStore, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with (
        reader(store, "127.0.0.1") as item_reader,
        pytest.raises(StoreError, match="SSLCertVerificationError"),
    ):
        item_reader.get("id", KEY_ID)
    assert store.requests == []


def test_an_endpoint_that_speaks_no_tls_is_refused() -> None:
    plain = ScriptedStore()
    with reader(plain, "localhost") as item_reader, pytest.raises(StoreError, match=r"not opened|in time"):
        item_reader.get("id", KEY_ID)
    plain.stop()
