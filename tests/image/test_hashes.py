import cv2
import numpy as np
import phantom

from radprep.dataset.keys import bytes_hash, key_of
from radprep.image.hashes import perceptual_hash, pixel_hash
from tests.made import arm


def test_pixel_hash_tells_values_shape_and_depth_apart():
    film = arm(bits=8)
    other = film.copy()
    other[3, 3] ^= 1
    hashes = {
        pixel_hash(one) for one in (film, other, film.reshape(90, 120), film.astype(np.uint16))
    }
    assert len(hashes) == 4


def test_pixel_hash_does_not_see_memory_layout_or_byte_order():
    film = arm(bits=12)
    assert pixel_hash(film) == pixel_hash(np.asfortranarray(film)) == pixel_hash(film.astype(">u2"))


def test_perceptual_hash_survives_brightness_and_noise_but_not_another_film():
    film = (phantom.draw_forearm(side="R", angle=0, seed=1) * 255).astype(np.uint8)
    similar = cv2.convertScaleAbs(film, alpha=0.9, beta=8)
    other = np.rot90(film).copy()
    bits = [int(perceptual_hash(one), 16) for one in (film, similar, other)]
    assert (bits[0] ^ bits[1]).bit_count() <= 6
    assert (bits[0] ^ bits[2]).bit_count() >= 16


def test_keys_depend_on_values_not_on_the_order_of_names():
    assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})
    assert bytes_hash(b"a") != bytes_hash(b"b")
