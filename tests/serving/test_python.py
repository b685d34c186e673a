"""`assay.load(…).predict`: whatever a picture is held in, it is answered the same."""

from __future__ import annotations

import numpy as np
from PIL import Image

import assay


def test_a_path_bytes_an_array_and_an_image_of_pillow_get_the_same_answer(bundle, photos_of_nobody):
    model = assay.load(bundle.folder)
    path = photos_of_nobody / "00.png"
    pixels = np.asarray(Image.open(path).convert("RGB"))
    alone = [model.predict(each) for each in (path, str(path), path.read_bytes(), pixels, Image.open(path))]
    together = model.predict([path, str(path), path.read_bytes(), pixels, Image.open(path)])
    for answer in [*alone, *together]:
        np.testing.assert_allclose(answer.probabilities, alone[0].probabilities, atol=1e-6)
    assert model.predict([]) == []


def test_an_image_of_pillow_is_turned_as_its_camera_says(bundle, photos_of_nobody):
    model, path = assay.load(bundle.folder), photos_of_nobody / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(photos_of_nobody / "00.png").save(path, exif=exif)
    first, second = model.predict(path), model.predict(Image.open(path))
    np.testing.assert_allclose(first.probabilities, second.probabilities, atol=1e-6)
