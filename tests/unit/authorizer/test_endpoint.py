import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

from authorizer.endpoint import Endpoint, endpoint, region

LOADER = Loader()
PARTITIONS = LOADER.load_data("partitions")
REGIONS = [
    name
    for partition in PARTITIONS["partitions"]
    for name in partition["regions"]
    if not name.endswith("-global")
]


@pytest.fixture(scope="module")
def botocore_endpoints() -> EndpointProvider:
    return EndpointProvider(LOADER.load_service_model("dynamodb", "endpoint-rule-set-1"), PARTITIONS)


@pytest.mark.parametrize("fips", ["true", "false"])
@pytest.mark.parametrize("name", REGIONS)
def test_a_region_has_the_endpoint_that_botocore_gives_it(
    botocore_endpoints: EndpointProvider, name: str, fips: str
) -> None:
    expected = botocore_endpoints.resolve_endpoint(Region=name, UseFIPS=fips == "true", UseDualStack=False)
    ours = endpoint({"AWS_REGION": name, "AWS_USE_FIPS_ENDPOINT": fips})
    assert f"https://{ours.authority}" == expected.url
    assert (ours.tls, ours.host, ours.port) == (True, ours.authority, 443)


def test_the_service_specific_endpoint_wins_over_the_general_one() -> None:
    environ = {
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://general:1",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://special:2",
    }
    assert endpoint(environ).authority == "special:2"
    del environ["AWS_ENDPOINT_URL_DYNAMODB"]
    assert endpoint(environ).authority == "general:1"


def test_configured_endpoints_are_ignored_when_the_environment_says_so() -> None:
    environ = {
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://special:2",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE",
    }
    assert endpoint(environ).authority == "dynamodb.eu-west-1.amazonaws.com"


def test_a_configured_endpoint_and_fips_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="exclude"):
        endpoint(
            {
                "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": "http://localhost:8000",
                "AWS_USE_FIPS_ENDPOINT": "true",
            }
        )


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://localhost", (False, "localhost", 80, "localhost")),
        ("http://127.0.0.1:8000/", (False, "127.0.0.1", 8000, "127.0.0.1:8000")),
        ("https://vpce-1.example.com", (True, "vpce-1.example.com", 443, "vpce-1.example.com")),
        ("http://[::1]:8000", (False, "::1", 8000, "[::1]:8000")),
    ],
)
def test_a_url_is_taken_apart(url: str, parts: tuple[bool, str, int, str]) -> None:
    ours = Endpoint(url)
    assert (ours.tls, ours.host, ours.port, ours.authority) == parts


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000",
        "ftp://localhost",
        "http://u:p@host",
        "http://host/path",
        "http://host\r\nx: y",
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        Endpoint(url)


def test_the_region_is_lambdas_or_else_the_default() -> None:
    assert region({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}) == "eu-west-1"
    assert region({"AWS_DEFAULT_REGION": "us-east-1"}) == "us-east-1"


@pytest.mark.parametrize("name", ["", "eu west", "eu-west-1/..", "EU-WEST-1"])
def test_a_region_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="AWS_REGION"):
        region({"AWS_REGION": name})
