"""Pictures are kept by consent alone, and go with it."""

from __future__ import annotations

import hashlib
import io
import threading
import time

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from assay.errors import ServiceError
from assay.serving.consent_text import read_consent_text
from assay.serving.service import Service
from assay.serving.settings import ServeRequest
from assay.store.consents import withdraw_consent
from assay.store.subjects import picture_id, secret_of, subjects
from assay.store.tables import CONSENTS, PREDICTIONS
from assay.store.tombstones import buried
from assay.store.trail import trail_findings
from serving_world import World, is_problem, png


def photo() -> bytes:
    """A JPEG with whatever else a file can carry, turned by its orientation."""
    pixels = np.random.default_rng(1).integers(0, 256, size=(20, 30, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[0x0112] = 6
    exif[0x010F] = "PhoneOfAda"
    exif.get_ifd(0x8825)[1] = "N-HERE"
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=b"CommentOfAda", icc_profile=b"ProfileOfAda" + bytes(200))
    return buffer.getvalue() + b"BehindTheEndOfAda"


def files(world):
    folder = world.service.keeping.pictures.folder
    return sorted(path for path in folder.rglob("*") if path.is_file())


def agree(world, **said):
    return world.client.put("/v1/consent", json={"version": "1", **said}, headers=world.headers())


def test_without_consent_nothing_of_the_picture_is_kept(world):
    result = world.ask().json()["results"][0]
    assert result["kept"] is False
    assert not world.service.keeping.pictures.folder.exists()
    with world.store.reading() as connection:
        assert list(connection.scalars(select(PREDICTIONS.c.kept))) == [False]


def test_with_consent_the_pixels_that_were_answered_about_are_kept_by_their_hmac_and_nothing_else_of_the_file(world):
    content = photo()
    result = world.ask(content, **{"X-Consent": "1"}).json()["results"][0]
    assert result["kept"] is True
    (file,) = files(world)
    with world.store.reading() as connection:
        secret = secret_of(connection, subjects(connection)[0].id)
        (row,) = connection.execute(select(PREDICTIONS))
        (given,) = connection.execute(select(CONSENTS))
    assert file.stem == picture_id(secret, content) == row.picture
    assert (row.kept, given.request, given.version, given.uses) == (True, row.request, "1", "keep")
    assert given.sha256 == hashlib.sha256(read_consent_text().text.encode()).hexdigest()
    kept = np.asarray(Image.open(file))
    upright = Image.open(io.BytesIO(content)).convert("RGB").transpose(Image.Transpose.ROTATE_270)
    assert np.array_equal(kept, np.asarray(upright))
    written = file.read_bytes()
    assert not [text for text in (b"OfAda", b"N-HERE", b"Exif", b"ICC") if text in written]
    assert Image.open(file).info == {}
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_consent_for_one_request_keeps_its_pictures_alone(world):
    world.ask(png(1), **{"X-Consent": "1 improve"})
    assert world.ask(png(2)).json()["results"][0]["kept"] is False
    assert world.ask(png(1)).json()["results"][0]["kept"] is False
    assert len(files(world)) == 1
    with world.store.reading() as connection:
        assert list(connection.scalars(select(CONSENTS.c.uses))) == ["keep improve"]


def test_a_picture_that_was_answered_before_is_kept_once_it_may_be(world):
    world.ask()
    assert world.ask(**{"X-Consent": "1"}).json()["results"][0]["kept"] is True
    assert world.ask(**{"X-Consent": "1"}).json()["results"][0]["cached"] is True
    assert len(files(world)) == 1


def test_standing_consent_is_given_shown_and_withdrawn_with_all_pictures(world):
    shown = world.client.get("/v1/consent", headers=world.headers()).json()
    assert (shown["version"], shown["given"]) == ("1", None)
    assert hashlib.sha256(shown["text"].encode()).hexdigest() == shown["sha256"]
    given = agree(world, uses=["improve"]).json()["given"]
    assert (given["uses"], given["in_force"]) == (["keep", "improve"], True)
    assert agree(world, uses=["improve"]).json()["given"] == given, "the same again changes nothing"
    assert world.ask(png(1)).json()["results"][0]["kept"] is True
    world.ask(png(2), **{"X-Consent": "1"})
    pictures = [file.stem for file in files(world)]
    assert len(pictures) == 2
    withdrawn = world.client.delete("/v1/consent", headers=world.headers()).json()
    assert withdrawn == {"consents": 2, "pictures": 2, "held": ""}
    assert files(world) == []
    assert world.ask(png(1)).json()["results"][0]["kept"] is False
    assert world.client.get("/v1/consent", headers=world.headers()).json()["given"] is None
    again = world.client.delete("/v1/consent", headers=world.headers()).json()
    assert again == {"consents": 0, "pictures": 0, "held": ""}
    with world.store.reading() as connection:
        assert buried(connection, [*pictures, "a" * 64]) == set(pictures)
        assert not any(connection.scalars(select(PREDICTIONS.c.kept)))
        assert trail_findings(connection) == []


@pytest.mark.parametrize("sent", ["0", "2", "", "1.0", "1 sell", "improve"])
def test_another_version_or_use_is_refused_with_what_to_do_and_nothing_is_kept(world, sent):
    refused = world.ask(**{"X-Consent": sent})
    assert is_problem(refused, "consent")
    assert "GET /v1/consent" in refused.json()["remedy"]
    assert files(world) == []
    assert world.client.get("/v1/predictions", headers=world.headers()).json()["predictions"] == []


def test_agreeing_to_another_version_or_with_a_wrong_body_is_refused(world):
    assert is_problem(agree(world, version="0"), "consent")
    assert is_problem(agree(world, uses=["sell"]), "request")
    assert is_problem(agree(world, uses=[]), "request")


def test_a_consent_to_an_earlier_text_keeps_nothing_and_is_said_to_be_one(world, tmp_path, engine):
    agree(world)
    own = tmp_path / "words.md"
    own.write_text("version: 2\n\nOther words.\n")
    world.service.close()
    world.service = Service(ServeRequest(consent=str(own)), world.store, engine)
    world.app.state.service = world.service
    given = world.client.get("/v1/consent", headers=world.headers()).json()
    assert (given["version"], given["given"]["version"], given["given"]["in_force"]) == ("2", "1", False)
    assert world.ask().json()["results"][0]["kept"] is False
    assert world.ask(**{"X-Consent": "2"}).json()["results"][0]["kept"] is True


@pytest.mark.parametrize("content", [b"", b"words\n", b"version: 1\n", b"version: a b\nwords", b"\xff\xfe", None])
def test_a_text_without_version_or_words_is_refused_before_anything_starts(tmp_path, content):
    file = tmp_path / "words.md"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ServiceError, match="consent="):
        read_consent_text(str(file))


def test_a_picture_whose_row_cannot_be_written_is_not_left_behind(world, monkeypatch):
    def failing(connection: object, records: object) -> object:
        assert len(files(world)) == 1, "the picture is on the disk before its row says so"
        raise ServiceError("the disk is full")

    monkeypatch.setattr("assay.serving.prediction_writer.log_predictions", failing)
    assert is_problem(world.ask(**{"X-Consent": "1"}), "log")
    assert files(world) == []
    with world.store.reading() as connection:
        assert connection.execute(select(CONSENTS)).all() == []


def test_a_picture_whose_consent_is_withdrawn_while_it_is_answered_is_not_kept(world, monkeypatch):
    agree(world)
    keep = world.service.keeping.pictures.keep
    subject = subjects_of(world)[0]

    def slow(picture, pixels):
        keep(picture, pixels)
        world.store.write(lambda c: withdraw_consent(c, subject, key="test"))

    monkeypatch.setattr(world.service.keeping.pictures, "keep", slow)
    assert is_problem(world.ask(), "consent")
    assert files(world) == []
    assert world.client.get("/v1/predictions", headers=world.headers()).json()["predictions"] == []


def subjects_of(world: World) -> list[str]:
    with world.store.reading() as connection:
        return [subject.id for subject in subjects(connection)]


def test_a_disk_without_room_costs_the_picture_and_not_the_answer(world, monkeypatch):
    def full(path, flags, mode=0o777):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("assay.store.kept_pictures.os.open", full)
    answered = world.ask(**{"X-Consent": "1"})
    assert (answered.status_code, answered.json()["results"][0]["kept"]) == (200, False)
    assert files(world) == []
    with world.store.reading() as connection:
        assert connection.execute(select(CONSENTS)).all() == [], "nothing was kept by it"


def test_another_process_withdraws_and_a_running_service_keeps_nothing_more_within_a_second(world):
    agree(world)
    assert world.ask(png(1)).json()["results"][0]["kept"] is True
    world.store.write(lambda c: withdraw_consent(c, subjects_of(world)[0], key="test"))
    time.sleep(0.6)
    assert world.ask(png(2)).json()["results"][0]["kept"] is False


def test_pictures_of_many_requests_at_once_are_whole(world):
    threads = [threading.Thread(target=world.ask, args=(png(n % 3),), kwargs={"X-Consent": "1"}) for n in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(world)) == 3
    for file in files(world):
        Image.open(file).load()
