"""Reading of lines that were found, where the extra `ocr` is installed: the models come with the
package rapidocr (PP-OCRv6, Apache-2.0), run on the processor, and use no network.

What was read is compared with the vocabulary, and then forgotten: it is never written anywhere.
"""

from __future__ import annotations

import importlib.util
from functools import cache, cached_property
from importlib.metadata import version
from typing import Any

import cv2
import numpy as np

from radprep.burned_in.glyphs import Grey
from radprep.text.bodypart import is_in_vocabulary

CONFIDENT = 0.8
"""Least certainty with which a line must be read to stay."""


class Reader:
    """Reads one line at a time. Its models are loaded with the first line, which takes a second."""

    @cached_property
    def _engine(self) -> Any:
        from rapidocr import RapidOCR

        one_thread = {
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        return RapidOCR(params={"Global.log_level": "error", **one_thread})

    def is_harmless(self, line: Grey, *, turned: bool) -> bool:
        """Whether a line holds nothing but words of the vocabulary, such as L, PA or Elbow.

        line: uint8, shape (h, w), the line and a rim. turned: it runs up or down.
        """
        ways = (1, 3) if turned else (0, 2)
        read = max((self._read(np.rot90(line, turns)) for turns in ways), default=(0.0, ""))
        certainty, text = read
        return certainty >= CONFIDENT and is_in_vocabulary(text)

    def _read(self, line: Grey) -> tuple[float, str]:
        """The certainty (0..1) and the text of a line that runs to the right."""
        colours = cv2.cvtColor(np.ascontiguousarray(line), cv2.COLOR_GRAY2BGR)
        read = self._engine(colours, use_det=False, use_cls=False, use_rec=True)
        return (float(read.scores[0]), str(read.txts[0])) if read.txts else (0.0, "")


def can_read() -> bool:
    """Whether the extra `ocr` is installed."""
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


@cache
def reader() -> Reader | None:
    """The reader of this process; None where the extra `ocr` is not installed."""
    return Reader() if can_read() else None


@cache
def reader_versions() -> dict[str, str]:
    """Versions of what reads, empty where nothing does: another may read otherwise."""
    return {name: version(name) for name in ("rapidocr", "onnxruntime")} if can_read() else {}
