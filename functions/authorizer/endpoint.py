"""Where DynamoDB is: the endpoint of a Region, or the one that the environment names.

Owns the host names. Follows the AWS SDKs' settings for endpoints, and refuses what they refuse, so settings
that work for boto3 work here too.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
"""

import re
from collections.abc import Mapping

_URL = re.compile(r"(https?)://([0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?/?")
_REGION = re.compile(r"[a-z0-9-]{1,63}")

#: How a Region's name begins → its partition's domain, where that is not amazonaws.com.
#: Source: botocore/data/partitions.json
_DOMAINS = (
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
)


class Endpoint:
    """One place to connect to. `authority` is what the Host header says."""

    __slots__ = ("authority", "host", "port", "tls")

    def __init__(self, url: str) -> None:
        match = _URL.fullmatch(url)
        if not match:
            raise ValueError("the DynamoDB endpoint is not of the form http(s)://HOST[:PORT]")
        scheme, host, port = match.groups()
        self.tls = scheme == "https"
        self.host = host.strip("[]")
        self.port = int(port) if port else (443 if self.tls else 80)
        self.authority = f"{host}:{port}" if port else host


def region(environ: Mapping[str, str]) -> str:
    """The Region, which Lambda always sets. Raises ValueError."""
    name = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or ""
    if not _REGION.fullmatch(name):
        raise ValueError("AWS_REGION does not name a Region")
    return name


def endpoint(environ: Mapping[str, str]) -> Endpoint:
    """The endpoint of DynamoDB that `environ` leads to. Raises ValueError."""
    fips = _is_true(environ, "AWS_USE_FIPS_ENDPOINT")
    url = None
    if not _is_true(environ, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        url = environ.get("AWS_ENDPOINT_URL_DYNAMODB") or environ.get("AWS_ENDPOINT_URL")
    if url and fips:
        raise ValueError("AWS_USE_FIPS_ENDPOINT and a configured endpoint exclude each other")
    return Endpoint(url or _of_region(region(environ), fips=fips))


def _of_region(name: str, *, fips: bool) -> str:
    domain = next((domain for start, domain in _DOMAINS if name.startswith(start)), "amazonaws.com")
    # In AWS GovCloud the plain name is the FIPS endpoint: https://aws.amazon.com/compliance/fips/
    host = "dynamodb-fips" if fips and not name.startswith("us-gov-") else "dynamodb"
    return f"https://{host}.{name}.{domain}"


def _is_true(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() == "true"
