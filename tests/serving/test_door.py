"""The address of the service: taken before a model is loaded, with TLS or behind a proxy, or for this machine alone."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from assay.errors import ConfigError, ServiceError
from assay.serving.door import take_door
from assay.serving.settings import ServeRequest, refuse_open_doors
from assay.serving.tls import Tls, tls_context
from started_service import write_certificate


@pytest.fixture
def occupied():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_an_occupied_port_is_said_before_torch_is_imported(occupied, tmp_path):
    code = (
        "import sys\nfrom assay.cli import main\n"
        "try:\n    main()\nfinally:\n    sys.stderr.write(f\"torch: {'torch' in sys.modules}\")\n"
    )
    words = ["serve", f"model={tmp_path}", f"port={occupied}"]
    ended = subprocess.run([sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 1
    assert f"127.0.0.1:{occupied}: cannot be listened on, because something else listens there" in ended.stderr
    assert "torch: False" in ended.stderr


def test_a_model_that_there_is_not_is_said_before_torch_is_imported(tmp_path):
    code = (
        "import sys\nfrom assay.cli import main\n"
        "try:\n    main()\nfinally:\n    sys.stderr.write(f\"torch: {'torch' in sys.modules}\")\n"
    )
    words = ["serve", f"port={_free()}"]
    ended = subprocess.run([sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True)
    assert "nothing was recorded here yet" in ended.stderr
    assert "torch: False" in ended.stderr


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_door_that_is_taken_turns_clients_away_until_somebody_answers_and_lets_go_of_its_address():
    request = ServeRequest(port=_free())
    with take_door(request), socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", request.port)) != 0
    with take_door(request):
        pass


@pytest.mark.parametrize(
    ("host", "said"), [("192.0.2.7", "this machine has no such address"), ("nowhere.invalid", "cannot be listened on")]
)
def test_an_address_that_is_not_this_machines_is_said(host, said):
    with pytest.raises(ServiceError, match=said):
        take_door(ServeRequest(host=host, port=_free(), proxy=("10.0.0.2",)))


def test_a_name_with_an_address_that_this_machine_has_switched_off_is_listened_on_at_the_others(monkeypatch):
    here, elsewhere = (
        (socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, _free())) for host in ("127.0.0.1", "192.0.2.7")
    )
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: [elsewhere, here])
    with take_door(ServeRequest(host="localhost")) as door:
        assert [each.getsockname()[0] for each in door.sockets] == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "example.org", ""])
def test_others_are_let_in_with_tls_or_through_a_proxy_that_is_named_only(host):
    with pytest.raises(ConfigError, match="in the clear"):
        refuse_open_doors(ServeRequest(host=host))
    refuse_open_doors(ServeRequest(host=host, proxy=("10.0.0.2",)))
    refuse_open_doors(ServeRequest(host=host, tls_cert="cert.pem"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_needs_neither(host):
    refuse_open_doors(ServeRequest(host=host))


@pytest.mark.parametrize("proxy", ["*", "0.0.0.0/0", "::/0", "proxy.example.org", ""])
def test_not_everybody_is_believed_about_who_he_is(proxy):
    with pytest.raises(ConfigError, match="no address"):
        refuse_open_doors(ServeRequest(proxy=(proxy,)))


def test_a_key_without_its_certificate_is_refused():
    with pytest.raises(ConfigError, match="tls_cert=FILE"):
        refuse_open_doors(ServeRequest(tls_key="key.pem"))


def test_a_certificate_with_its_key_makes_tls_of_1_2_and_newer(tmp_path):
    cert, key = write_certificate(tmp_path)
    context = tls_context(str(cert), str(key))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    both = tmp_path / "both.pem"
    both.write_bytes(cert.read_bytes() + key.read_bytes())
    tls_context(str(both))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a, b: (a[0], b[1]), r"key\.pem: is not the key of .*cert\.pem"),
        (lambda a, b: (a[0].with_name("gone.pem"), a[1]), r"gone\.pem: cannot be read \(No such file"),
        (lambda a, b: (a[0], a[0].with_name("gone.pem")), r"gone\.pem: cannot be read \(No such file"),
        (lambda a, b: (a[1], a[0]), "holds no certificate in PEM"),
        (lambda a, b: (a[0], a[0]), r"cert\.pem: holds no private key in PEM"),
    ],
)
def test_a_pair_that_does_not_do_is_said(tmp_path, change, said):
    cert, key = change(write_certificate(tmp_path / "a"), write_certificate(tmp_path / "b"))
    with pytest.raises(ServiceError, match=said):
        tls_context(str(cert), str(key))


@pytest.mark.parametrize(("days", "said"), [((-9, -1), "has expired at"), ((1, 9), "holds only from")])
def test_a_certificate_of_other_days_is_said(tmp_path, days, said):
    cert, key = write_certificate(tmp_path, days=days)
    with pytest.raises(ServiceError, match=said):
        tls_context(str(cert), str(key))
    tls_context(str(cert), str(key), at=datetime.now(UTC) + timedelta(days=sum(days) / 2))


def test_a_key_with_a_password_is_said_and_nobody_is_asked_for_it(tmp_path):
    cert, key = write_certificate(tmp_path, password=b"secret")
    with pytest.raises(ServiceError, match="has a password"):
        tls_context(str(cert), str(key))


def test_a_renewed_certificate_is_taken_and_a_broken_one_is_not(tmp_path):
    cert, key = write_certificate(tmp_path, days=(-1, 3))
    tls = Tls(str(cert), str(key))
    assert "expires in 3 days" in tls.warning()
    assert tls.renew() == ""
    write_certificate(tmp_path, days=(-1, 40))
    assert "was renewed, and holds for 40 days" in tls.renew()
    assert (tls.renew(), tls.warning()) == ("", "")
    cert.write_text("half")
    assert "was not renewed" in tls.renew()
    write_certificate(tmp_path, days=(-1, 50))
    assert "holds for 50 days" in tls.renew()
