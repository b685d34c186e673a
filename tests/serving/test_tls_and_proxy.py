"""TLS and proxies, over real connections to a service that was started as it is typed."""

from __future__ import annotations

import http.client
import socket
import ssl

import pytest

from started_service import Started, write_certificate

HSTS = "Strict-Transport-Security"
pytestmark = pytest.mark.slow


def ask(connection: http.client.HTTPConnection, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage]:
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.read()
    return response.status, response.headers


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_a_service_with_tls_answers_over_tls_of_1_2_and_newer_and_says_that_it_stays_so(bundle, tmp_path):
    cert, key = write_certificate(tmp_path / "tls")
    with Started(tmp_path, f"model={bundle.folder}", f"tls_cert={cert}", f"tls_key={key}", "poll_seconds=0") as service:
        assert f"https://127.0.0.1:{service.port}" in service.said
        trusting = ssl.create_default_context(cafile=str(cert))
        connection = http.client.HTTPSConnection("127.0.0.1", service.port, context=trusting, timeout=60)
        status, headers = ask(connection, "/v1/models", Authorization=f"Bearer {service.key}")
        assert (status, headers[HSTS]) == (200, "max-age=31536000")
        assert ask(connection, "/nowhere")[1][HSTS] == "max-age=31536000"
        connection.close()
        old = ssl.create_default_context(cafile=str(cert))
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", service.port)) as raw, pytest.raises(ssl.SSLError):
            old.wrap_socket(raw, server_hostname="127.0.0.1")
        plain = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        with pytest.raises((http.client.BadStatusLine, ConnectionError)):
            ask(plain, "/v1/health/live")


@pytest.mark.parametrize(("proxy", "believed"), [("127.0.0.1", True), ("10.0.0.2", False)])
def test_what_a_proxy_says_is_believed_where_it_is_named_and_limits_count_by_nothing_of_it(
    bundle, tmp_path, proxy, believed
):
    with Started(tmp_path, f"model={bundle.folder}", f"proxy=[{proxy}]", "poll_seconds=0") as service:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        headers = ask(connection, "/v1/health/live", X_Forwarded_Proto="https", X_Forwarded_For="203.0.113.9")[1]
        assert (HSTS in headers) is believed
        assert HSTS not in ask(connection, "/v1/health/live")[1]
        statuses = [
            ask(connection, "/v1/models", Authorization="Bearer x", X_Forwarded_For=f"203.0.113.{n}")[0]
            for n in range(40)
        ]
        assert (statuses.count(401), statuses.count(429)) == (30, 10)
        assert ask(connection, "/v1/models", Authorization=f"Bearer {service.key}")[0] == 200
