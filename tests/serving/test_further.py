"""explain and probe: the answers about a picture delivered again, and a map of what spoke for one."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from assay.augment.delivery import DELIVERIES, delivered_again
from assay.errors import ConfigError
from assay.serving.explanation import NOT_CHECKED, Explainers
from assay.serving.further import WantedParts
from assay.serving.probe import DeliveryProbe
from assay.store.tables import PREDICTIONS
from serving_world import World, is_problem, png


@pytest.fixture
def world(tmp_path, engine):
    made = World(tmp_path, engine)
    yield made
    made.close()


def ask(world, query: str, content: bytes | None = None, **headers: str):
    sent = png(size=(40, 30)) if content is None else content
    return world.client.post(f"/v1/classify?{query}", content=sent, headers=world.headers(**headers))


def picture(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_a_picture_is_delivered_as_jpeg_smaller_and_cut():
    image = picture(png(size=(200, 120)))
    compressed, smaller, cut = delivered_again(image)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=75)
    assert np.abs(compressed.astype(int) - picture(buffer.getvalue())).mean() < 1, "as Pillow's JPEG of this quality"
    assert (compressed.shape, smaller.shape) == ((200, 120, 3), (150, 90, 3))
    assert np.array_equal(cut, image[5:195, 3:117])


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (3, 3), (1, 40)])
def test_a_picture_of_a_few_pixels_is_delivered_with_some_left(size):
    for image in delivered_again(np.full((*size, 3), 7, dtype=np.uint8)):
        assert min(image.shape[:2]) >= 1


def test_a_side_longer_than_a_jpeg_can_have_is_made_to_fit():
    assert delivered_again(np.zeros((2, 70_000, 3), dtype=np.uint8))[0].shape == (2, 65_500, 3)


def test_answers_about_all_deliveries_are_given_and_logged(world, bundle):
    said = ask(world, "probe=true").json()["results"][0]
    expected = bundle.predict([png(size=(40, 30)), *delivered_again(picture(png(size=(40, 30))))])
    assert [each["label"] for each in said["probe"]["answers"]] == [answer.label for answer in expected]
    assert [each["confidence"] for each in said["probe"]["answers"]] == pytest.approx(
        [answer.confidence for answer in expected], abs=1e-6
    )
    assert [each["delivery"] for each in said["probe"]["answers"]] == list(DELIVERIES)
    assert said["probe"]["stable"] == (len({answer.label for answer in expected}) == 1)
    kept = world.client.get(f"/v1/predictions/{said['id']}", headers=world.headers()).json()["answer"]
    assert kept["probe"] == said["probe"]
    assert kept["for_a_person"] == said["for_a_person"]


def test_where_deliveries_are_answered_otherwise_a_person_should_look(world, engine, monkeypatch):
    sure = replace(engine.answers([picture(png())])[0], rejected=False, domain="in-domain", label="a")
    monkeypatch.setattr(
        type(engine), "answers", lambda self, images: [replace(sure, label="b" if len(i) < 40 else "a") for i in images]
    )
    said = ask(world, "probe=true").json()["results"][0]
    assert [each["label"] for each in said["probe"]["answers"]] == ["a", "a", "b", "b"]
    assert (said["probe"]["stable"], said["for_a_person"], said["label"]) == (False, True, "a")
    with world.store.reading() as connection:
        assert [row.for_a_person for row in connection.execute(PREDICTIONS.select())] == [True]
    assert ask(world, "").json()["results"][0]["for_a_person"] is False
    assert DeliveryProbe.of([sure] * 4).stable


def test_a_map_lies_over_the_picture_and_says_that_nobody_checked_such_maps(world):
    said = ask(world, "explain=true").json()["results"][0]
    explained = said["explanation"]
    assert (explained["label"], explained["method"], explained["why"]) == (said["label"], "Grad-CAM", "")
    assert NOT_CHECKED in explained["notes"]
    drawn = Image.open(io.BytesIO(base64.b64decode(explained["png"])))
    assert (drawn.format, drawn.size) == ("PNG", (40, 40)), "the letterbox that the network sees"
    with world.store.reading() as connection:
        kept = connection.execute(PREDICTIONS.select()).one().answer
    assert "explanation" in kept
    assert "png" not in kept, "a map shows the picture, which is kept by consent alone"


def test_a_map_is_that_of_grad_cam_on_the_float_network_for_the_class_that_was_answered(engine, bundle):
    import torch
    from captum.attr import LayerGradCam

    from assay.explain.heat import FLOOR, HeatScale, enlarged
    from assay.explain.overlay import overlay, view_of

    image = picture(png(4, size=(32, 32)))
    label = bundle.predict([image])[0].label
    network, preprocessing = bundle.float_predictor.network, bundle.float_predictor.preprocessing
    layer = [module for module in network.backbone.model.modules() if isinstance(module, torch.nn.ReLU)][-1]
    inputs = network.normalize(torch.from_numpy(preprocessing(image).transpose(2, 0, 1)[None].copy()))
    reference = LayerGradCam(network.forward_normalized, layer).attribute(
        inputs, bundle.about.class_names.index(label), relu_attributions=True
    )
    smooth = enlarged(reference.detach()[0, 0].numpy(), 32)
    scale = HeatScale(float(smooth.max()), FLOOR * float(smooth.max()))
    expected = overlay(view_of(image, preprocessing), scale.heat(smooth))
    drawn = picture(Explainers().of(engine)(image, label).png)
    assert np.abs(drawn.astype(int) - expected).max() <= 1


def test_what_the_checks_of_this_model_say_about_such_maps_comes_along(engine, monkeypatch):
    class Checked:
        method, layer, scale = "gradcam", None, 3.0
        verdict, notes = ("Faithful: better than a random map (50 images).",), ("Mind the border.",)

    monkeypatch.setattr("assay.serving.explanation._checked", lambda engine: Checked())
    explained = Explainers().of(engine)(picture(png()), "a")
    assert explained.notes[:2] == (*Checked.verdict, *Checked.notes)


def test_where_another_form_answers_the_map_is_said_to_be_of_the_float_network(engine, bundle):
    other = replace(engine, bundle=replace(bundle, about=replace(bundle.about, serves="int8")))
    explained = Explainers().of(other)(picture(png()), "a")
    assert explained.png
    assert explained.notes[0] == "The map is of the float network; what answered is its int8 form."


def test_where_there_can_be_no_map_the_answer_says_why(world, monkeypatch):
    def none(self, network, size):
        raise ConfigError("this backbone has no feature map")

    monkeypatch.setattr("assay.explain.gradcam.GradCam.layer_of", none)
    response = ask(world, "explain=true")
    assert response.status_code == 200
    explained = response.json()["results"][0]["explanation"]
    assert (explained["why"], explained["method"]) == ("this backbone has no feature map", "")
    assert "png" not in explained


def test_what_is_asked_beside_the_answer_counts_as_more_pictures(tmp_path, engine):
    assert [WantedParts(*each).work for each in ((False, False), (False, True), (True, False), (True, True))] == [
        1,
        4,
        5,
        8,
    ]
    world = World(tmp_path, engine, queue=7, per_day=14)
    try:
        assert is_problem(ask(world, "explain=true&probe=true"), "busy"), "eight do not fit where seven may wait"
        assert ask(world, "probe=true").status_code == 200
        assert is_problem(ask(world, "probe=true"), "rate"), "8 and 4 of 14 were used"
        assert world.service.admission.inside == 0
    finally:
        world.close()


def test_a_map_that_was_given_before_is_not_kept_for_a_repeated_request(world):
    first = ask(world, "explain=true", **{"Idempotency-Key": "once"})
    again = ask(world, "explain=true", **{"Idempotency-Key": "once"})
    assert "png" in first.json()["results"][0]["explanation"]
    explained = again.json()["results"][0]["explanation"]
    assert "png" not in explained
    assert "not kept" in explained["why"]
    assert is_problem(ask(world, "", **{"Idempotency-Key": "once"}), "key-used")


@pytest.mark.parametrize("query", ["explain=maybe", "probe=2", "probe=", "explain=true&explain=x", "probe=%00"])
def test_a_wish_that_is_neither_true_nor_false_is_refused(world, query):
    assert is_problem(ask(world, query), "request")
