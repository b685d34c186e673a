"""Where a file says that it comes from: made with the library itself and by hand, and read back."""

from __future__ import annotations

import io
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image, PngImagePlugin

from assay.provenance.credentials import Credentials, can_read, read_credentials
from assay.provenance.file_marks import generators, source_types
from assay.provenance.provenance import Provenance
from assay.provenance.reader import ProvenanceReader
from assay.web.languages import phrases
from serving_world import png

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description '
    b'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
    b"</rdf:RDF></x:xmpmeta>"
)
needs_c2pa = pytest.mark.skipif(not can_read(), reason="the extra provenance is not installed")


@pytest.fixture(scope="module")
def signed() -> dict[str, bytes]:
    """Pictures: "signed", "changed" after it, with its manifest "elsewhere"; "ca", of the signer's authority."""
    from c2pa import Builder, C2paSignerInfo, C2paSigningAlg, Signer

    authority, chain, key = _certificates()
    info = C2paSignerInfo(alg=C2paSigningAlg.ES256, sign_cert=chain, private_key=key, ta_url=None)
    action = {"action": "c2pa.created", "digitalSourceType": f"{IPTC}trainedAlgorithmicMedia"}
    assertion = {"label": "c2pa.actions", "data": {"actions": [action]}}
    manifest = {"claim_generator_info": [{"name": "Imaginer", "version": "1"}], "assertions": [assertion]}
    made = {"ca": authority}
    for name in ("signed", "elsewhere"):
        builder, out = Builder(manifest), io.BytesIO()
        if name == "elsewhere":
            builder.set_no_embed()
            builder.set_remote_url("http://127.0.0.1:9/manifest")
        builder.sign(Signer.from_info(info), "image/png", io.BytesIO(png(1, (64, 64))), out)
        made[name] = out.getvalue()
    changed = bytearray(made["signed"])
    changed[-200] ^= 1
    made["changed"] = bytes(changed)
    return made


@needs_c2pa
def test_trusted_valid_and_invalid_are_told_apart(signed):
    expected = ("Picture Maker", ("trainedAlgorithmicMedia",))
    for content, anchors, state in (
        (signed["signed"], "", "valid"),
        (signed["signed"], signed["ca"].decode(), "trusted"),
        (signed["changed"], "", "invalid"),
        (signed["changed"], signed["ca"].decode(), "invalid"),
    ):
        credentials = read_credentials(content, anchors)
        assert credentials.state == state
        assert (credentials.signer, credentials.source_types) == expected
        assert credentials.made_with.startswith("Imaginer")


@needs_c2pa
def test_a_manifest_at_another_address_is_not_fetched(signed, monkeypatch):
    import socket

    def refuse(*arguments: object) -> None:
        raise AssertionError("something is fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert read_credentials(signed["elsewhere"]).state == "remote"


@needs_c2pa
@pytest.mark.parametrize("content", [png(), b"\xff\xd8\xff\xd9", b"%PDF", b"", b"GIF89a", png()[:40]])
def test_files_without_credentials_have_none_or_cannot_be_read(content):
    assert read_credentials(content).state in ("none", "unreadable")
    assert read_credentials(png()).state == "none"


@needs_c2pa
def test_files_are_read_in_a_process_of_its_own_that_may_die(signed, monkeypatch):
    reader = ProvenanceReader(signed["ca"].decode())
    try:
        assert reader.read(signed["signed"]).credentials.state == "trusted"
        reader._process.kill()
        assert reader.read(png()).credentials.state == "unreadable"
        assert reader.read(png()).credentials.state == "none"
        monkeypatch.setattr("assay.provenance.reader.SECONDS", 0.0)
        assert reader.read(signed["signed"]).credentials.state == "unreadable"
    finally:
        reader.close()


def test_without_the_package_it_says_that_nothing_was_looked_for(monkeypatch):
    monkeypatch.setattr("assay.provenance.reader.can_read", lambda: False)
    assert ProvenanceReader().read(png()).credentials.state == "missing"


def test_xmp_names_the_kind_of_source_in_every_format_and_nothing_else_does():
    for kind in ("JPEG", "PNG", "WEBP"):
        buffer = io.BytesIO()
        image = Image.new("RGB", (8, 8))
        if kind == "PNG":
            info = PngImagePlugin.PngInfo()
            info.add_itxt("XML:com.adobe.xmp", XMP.decode())
            image.save(buffer, kind, pnginfo=info)
        else:
            image.save(buffer, kind, xmp=XMP)
        assert source_types(buffer.getvalue()) == ("trainedAlgorithmicMedia",), kind
    assert source_types(b"DigitalSourceType http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture") == ()
    assert source_types(png()) == ()


@pytest.mark.parametrize(
    ("keyword", "program"),
    [("parameters", "Stable Diffusion web UI"), ("workflow", "ComfyUI"), ("Dream", "InvokeAI"), ("Comment", "")],
)
def test_text_of_generators_is_known_by_its_keyword(keyword, program):
    for compressed in (False, True):
        info, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
        info.add_text(keyword, "a cat, Steps: 20", zip=compressed)
        Image.new("RGB", (4, 4)).save(buffer, "PNG", pnginfo=info)
        assert generators(buffer.getvalue()) == ((program,) if program else ())


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xfftEXt",
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0tEXt" * 50,
        b"\x89PNG\r\n\x1a\n\0\0\0\5tEXtparam",
        b"<x:xmpmeta " * 1000,
        zlib.compress(bytes(1000)),
    ],
)
def test_broken_files_say_nothing(content):
    assert generators(content) == ()
    assert source_types(content) == ()


@pytest.mark.parametrize("language", ["en", "th"])
def test_whatever_a_file_says_there_are_words_for_it(language):
    words = phrases(language, "assay.serving.pages")
    for state in ("none", "invalid", "valid", "trusted", "remote", "unreadable", "missing"):
        codes = ("trainedAlgorithmicMedia", "compositeSynthetic", "digitalCapture", "<b>x</b>")
        lines = Provenance(Credentials(state, "Ann", "x", codes), codes, ("ComfyUI",)).lines()
        shown = [words(key, **values) for key, values in lines]
        claims = 4 if state in ("invalid", "valid", "trusted") else 0
        assert len(shown) == 1 + claims + 4 + 1 + 1
    assert "no evidence either way" in phrases("en", "assay.serving.pages")("origin.c2pa.none")


def _certificates() -> tuple[bytes, bytes, bytes]:
    """Certificate of an authority, chain of a signer of its, and the signer's key, in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(oid, text) for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)])

    def usage(*, signs: bool, certifies: bool) -> x509.KeyUsage:
        return x509.KeyUsage(signs, False, False, False, False, certifies, certifies, False, False)

    begin, end = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=90)
    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    made = []
    for subject, public, authority in (
        ("Test CA", root.public_key(), True),
        ("Picture Maker", own.public_key(), False),
    ):
        builder = x509.CertificateBuilder(
            name("Test CA"), name(subject), public, x509.random_serial_number(), begin, end
        )
        builder = builder.add_extension(x509.BasicConstraints(authority, None), True)
        builder = builder.add_extension(usage(signs=not authority, certifies=authority), True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        if not authority:
            issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
            mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(mail, False).add_extension(issuer, False)
        made.append(builder.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    key = own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made[0], made[1] + made[0], key
