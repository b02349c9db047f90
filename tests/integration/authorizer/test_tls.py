"""The connection to an https endpoint: no server is trusted without a certificate for the endpoint's name.

Amazon signs it, or an authority that the system trusts.
"""

import contextlib
import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authorizer import tls
from authorizer.dynamodb import ItemReader, StoreError
from tests.certificate import self_signed
from tests.integration.authorizer.scripted_store import ITEM, KEY_ID, ScriptedStore, send_and_close


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for `localhost`, signed by itself, with its key."""
    file = tmp_path / "certificate.pem"
    file.write_bytes(b"".join(self_signed("localhost")))
    return file


@pytest.fixture
def store(certificate: Path) -> Iterator[ScriptedStore]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    store = ScriptedStore(tls=context)
    yield store
    store.stop()


def reader(store: ScriptedStore, host: str, budget: float = 30) -> contextlib.closing[ItemReader]:
    environ = store.environ(AWS_ENDPOINT_URL=f"https://{host}:{store.port}")
    return contextlib.closing(ItemReader("Keys", environ, budget=budget))


@pytest.fixture
def vouched_by_amazon(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate replaces Amazon's roots, and the system trusts none."""
    monkeypatch.setattr(tls, "AMAZON_ROOTS", str(certificate))
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    monkeypatch.setenv("SSL_CERT_DIR", "/dev/null")


@pytest.fixture
def vouched_by_the_system(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system trusts the certificate; Amazon's roots are its own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.mark.usefixtures("vouched_by_amazon")
def test_an_endpoint_with_a_certificate_from_amazon_is_read_at_once(store: ScriptedStore) -> None:
    with reader(store, "localhost") as item_reader:
        assert item_reader.get("id", KEY_ID) == ITEM
        assert item_reader.get("id", KEY_ID) == ITEM
    assert store.connections == 1


@pytest.mark.usefixtures("vouched_by_the_system")
def test_an_endpoint_whose_certificate_the_system_trusts_is_read_and_remembered(store: ScriptedStore) -> None:
    with reader(store, "localhost") as item_reader:
        assert item_reader.get("id", KEY_ID) == ITEM
        store.drop_connections()
        assert item_reader.get("id", KEY_ID) == ITEM
    # The handshake that failed with Amazon's roots, and one for each read.
    assert store.connections == 3


@pytest.mark.usefixtures("vouched_by_amazon")
def test_a_connection_that_died_while_idle_is_replaced(store: ScriptedStore) -> None:
    with reader(store, "localhost") as item_reader:
        item_reader.get("id", KEY_ID)
        store.drop_connections()
        assert item_reader.get("id", KEY_ID) == ITEM
    assert store.connections == 2


@pytest.mark.usefixtures("vouched_by_amazon")
def test_a_cut_response_is_asked_for_again(store: ScriptedStore) -> None:
    store.script = [send_and_close(b"HTTP/1.1 200 OK\r\n")]
    with reader(store, "localhost") as item_reader:
        assert item_reader.get("id", KEY_ID) == ITEM


def test_an_untrusted_certificate_is_refused(store: ScriptedStore) -> None:
    with (
        reader(store, "localhost") as item_reader,
        pytest.raises(StoreError, match="SSLCertVerificationError"),
    ):
        item_reader.get("id", KEY_ID)
    assert store.requests == []


@pytest.mark.parametrize("vouched_by", ["amazon", "the_system"])
def test_a_certificate_for_another_name_is_refused(
    store: ScriptedStore, vouched_by: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(f"vouched_by_{vouched_by}")
    with (
        reader(store, "127.0.0.1") as item_reader,
        pytest.raises(StoreError, match="SSLCertVerificationError"),
    ):
        item_reader.get("id", KEY_ID)
    assert store.requests == []


def test_an_endpoint_without_tls_is_refused() -> None:
    plain = ScriptedStore()
    # It waits for the rest of what it takes for a request, as long as it may.
    with (
        reader(plain, "localhost", budget=0.4) as item_reader,
        pytest.raises(StoreError, match=r"not opened|in time"),
    ):
        item_reader.get("id", KEY_ID)
    plain.stop()


# Starfield's serial number is 0, which newer rules for certificates forbid.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_the_roots_are_the_five_that_amazon_publishes() -> None:
    published = {  # SHA-256 of each key, https://www.amazontrust.com/repository/
        "Amazon Root CA 1": "fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2",
        "Amazon Root CA 2": "7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461",
        "Amazon Root CA 3": "36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9",
        "Amazon Root CA 4": "f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5",
        "Starfield Services Root Certificate Authority - G2": (
            "2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92"
        ),
    }
    shipped = {
        str(root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value): hashlib.sha256(
            root.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).hexdigest()
        for root in x509.load_pem_x509_certificates(Path(tls.AMAZON_ROOTS).read_bytes())
    }
    assert shipped == published
