"""Pages of the kit: policy, cookies, languages, refusals, static files."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

HOSTILE = "<script>alert(1)</script>\"'&\u202e"


def test_a_page_allows_nothing_inline_and_nobody_to_frame_it(small_site):
    response = small_site.client.get("/page")
    policy = dict(part.strip().partition(" ")[::2] for part in response.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", response.text)


def test_style_and_scripts_are_files_that_are_kept_for_good_under_an_address_of_their_content(small_site):
    page = small_site.client.get("/page").text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert [address.rpartition("/")[2] for address in addresses] == ["icon.svg", "style.css", "app.css", "small.js"]
    for address in addresses:
        file = small_site.client.get(address)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    style = small_site.client.get(addresses[1]).text
    assert "--page:#f6f5f2" in style
    assert "prefers-color-scheme: dark" in style
    old = small_site.client.get("/static/0000000000000000/style.css")
    assert (old.status_code, old.headers["cache-control"], old.text) == (200, "no-cache", style)
    assert small_site.client.get("/static/0/nothing.css").status_code == 404
    assert small_site.client.get("/static/0/..%2f__init__.py").status_code == 404


def test_what_is_filled_in_is_text(small_site):
    page = small_site.client.get("/page", params={"name": HOSTILE}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_form_is_done_once_and_the_next_page_says_so_once(small_site):
    client = small_site.client
    response = client.post("/page", data={"csrf": token(client), "name": HOSTILE}, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/page")
    shown = client.get("/page").text
    assert "Thank you, &lt;script&gt;" in shown
    assert "Thank you" not in client.get("/page").text


def test_a_form_without_the_token_of_its_session_does_nothing(small_site):
    client = small_site.client
    other = TestClient(small_site.app)
    for sent in ("", "x", "ü", token(other)):
        response = client.post("/page", data={"csrf": sent, "name": "x"}, follow_redirects=False)
        assert response.status_code == 403
        assert "no longer valid" in response.text
    without_cookies = TestClient(small_site.app)
    answered = without_cookies.post("/page", data={"csrf": token(client)}, follow_redirects=False)
    assert answered.status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "http://testserver.elsewhere.example"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 303),
        ({"origin": "http://testserver"}, 303),
        ({}, 303),
    ],
)
def test_a_form_that_another_site_sends_does_nothing_though_its_token_is_right(small_site, headers, status):
    client = small_site.client
    response = client.post("/page", data={"csrf": token(client)}, headers=headers, follow_redirects=False)
    assert response.status_code == status


def test_a_form_is_read_no_further_than_it_may_reach(small_site):
    client = small_site.client
    response = client.post("/page", data={"csrf": token(client), "name": "x" * 3_000})
    assert response.status_code == 413
    assert "That is too much" in response.text


def test_the_cookie_is_signed_and_no_script_reads_it(small_site):
    client = small_site.client
    (set_cookie,) = client.get("/page").headers.get_list("set-cookie")
    assert set_cookie.startswith("assay-visitor=")
    assert all(part in set_cookie for part in ("HttpOnly", "SameSite=lax", "Path=/"))
    assert "Secure" not in set_cookie
    client.post("/page", data={"csrf": token(client), "name": "Ann"})
    cookie = client.cookies["assay-visitor"]
    forged = cookie[:-3] + ("aaa" if cookie[-3:] != "aaa" else "bbb")
    for sent, is_new in ((cookie, False), (forged, True), ("x", True), ("", True)):
        other = TestClient(small_site.app, headers={"cookie": f"assay-visitor={sent}"})
        assert bool(token(other) != token(client)) is is_new, sent


def test_behind_tls_the_cookie_is_for_tls_and_this_host_alone(small_site):
    client = TestClient(small_site.app, base_url="https://testserver")
    (set_cookie,) = client.get("/page").headers.get_list("set-cookie")
    assert set_cookie.startswith("__Host-assay-visitor=")
    assert "Secure" in set_cookie


def test_one_purposes_cookie_opens_nothing_of_another(small_site):
    from assay.web.session import Sessions

    reviewers = Sessions(b"s" * 32, "reviewer", seconds=60)
    visitors = small_site.sessions
    session = visitors.of(request_with(""))
    session.keep(key="k")
    text = visitors._signer.dumps({"id": session.id, "values": session.values, "flashes": []})
    assert visitors._read(text).values == {"key": "k"}
    assert reviewers._read(text).values == {}
    assert reviewers.token(session) != visitors.token(session)


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("", "en"),
        ("th", "th"),
        ("th-TH,th;q=0.9,en;q=0.8", "th"),
        ("en;q=0.5,th;q=0.7", "th"),
        ("de,th;q=0.2", "th"),
        ("de,fr", "en"),
        ("th;q=0", "en"),
        (",;q=x,;;", "en"),
    ],
)
def test_a_browser_gets_the_language_that_it_prefers(small_site, accepts, language):
    page = small_site.client.get("/page", headers={"accept-language": accepts}).text
    assert page.startswith(f'<!doctype html>\n<html lang="{language}">')


def test_a_language_that_was_chosen_stays_chosen(small_site):
    client = small_site.client
    assert 'lang="th"' in client.get("/page?language=th").text[:60]
    assert 'lang="th"' in client.get("/page", headers={"accept-language": "en"}).text[:60]
    assert 'href="/page?name=x&amp;language=en"' in client.get("/page?name=x").text
    assert 'lang="en"' in client.get("/page?language=xx&language=en").text[:60]


def test_a_refusal_is_a_page_with_what_to_do_in_the_readers_language(small_site):
    english = small_site.client.get("/broken")
    assert (english.status_code, english.headers["retry-after"]) == (503, "2")
    assert "There is more to do" in english.text
    assert "Try again in 2 seconds" in english.text
    assert "r-1" in english.text
    thai = small_site.client.get("/broken?language=th")
    assert "ลองใหม่อีกครั้งใน 2 วินาที" in thai.text


@pytest.mark.parametrize("path", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", ""])
def test_nobody_is_sent_on_to_another_site(small_site, path):
    with pytest.raises(ValueError, match="no path"):
        small_site.site.redirect(request_with(""), path)


def token(client) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', client.get("/page").text)[1]


def request_with(cookie: str):
    from starlette.requests import Request

    headers = [(b"cookie", cookie.encode()), (b"host", b"testserver")]
    return Request(
        {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b"", "scheme": "http"}
    )


def test_the_referee_of_barriers_finds_one(chromium, axe):
    page = chromium.new_page()
    page.set_content("<html lang='en'><title>x</title><main><h1>x</h1><img src='data:,'><input></main></html>")
    assert sorted(line.partition(":")[0] for line in axe(page)) == ["image-alt", "label"]
    page.close()
