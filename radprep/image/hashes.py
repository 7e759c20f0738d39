"""Hashes of pixels: exact, and perceptual."""

from __future__ import annotations

import cv2
import numpy as np
import xxhash

from radprep.image.image import Pixels


def pixel_hash(pixels: Pixels) -> str:
    """xxh3 (128 bits, hex) of grey values in little endian, with their depth and shape."""
    little = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<"), copy=False))
    digest = xxhash.xxh3_128(f"{little.dtype.itemsize}:{little.shape}".encode())
    digest.update(little.data)
    return digest.hexdigest()


def perceptual_hash(pixels: Pixels) -> str:
    """DCT hash, 64 bits as 16 hex digits: the 8 x 8 lowest frequencies of a 32 x 32 copy, each
    against their median.

    Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions (2010), section
    3.2.1. Of a large image every n-th pixel is enough: each cell of the copy is still the mean of
    64 and more, and averaging all costs as much as the deflate.
    """
    every = max(1, min(pixels.shape) // 256)
    small = cv2.resize(pixels[::every, ::every], (32, 32), interpolation=cv2.INTER_AREA).astype(
        np.float32
    )
    low = cv2.dct(small)[1:9, 1:9].ravel()
    return np.packbits(low > np.median(low)).tobytes().hex()
