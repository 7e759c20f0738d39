"""Without PyTorch these tests are skipped: each of their modules imports this one first."""

import pytest

pytest.importorskip("torch")
