from __future__ import annotations

import gc
import os
import subprocess
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian, JPEGLosslessSV1

from radprep.dicom import gdcm_child
from radprep.errors import Failure
from tests.made import CODECS, arm, make_dicom


@pytest.fixture
def run_instead(monkeypatch: pytest.MonkeyPatch):
    """Have the parent start a shell script instead of its child; $1 is the descriptor, $2 the
    number of frames."""
    popen = subprocess.Popen

    def replace(script: str) -> None:
        def run_script(command: list[str], **options: object) -> subprocess.Popen[bytes]:
            return popen(["/bin/bash", "-c", script, "sh", *command[-2:]], **options)

        monkeypatch.setattr(gdcm_child.subprocess, "Popen", run_script)

    return replace


def code_of_failure(data: bytes = b"", frames: int = 1, most_bytes: int = 1000) -> str:
    with pytest.raises(Failure) as failure:
        gdcm_child.decode(data, frames, most_bytes)
    return failure.value.code


def test_it_decodes_like_imagecodecs() -> None:
    film = arm(bits=16)
    theirs = imagecodecs.jpeg_decode(CODECS[JPEGLosslessSV1](film))
    [ours] = gdcm_child.decode(make_dicom(film, syntax=JPEGLosslessSV1, bits=16), 1, film.nbytes)
    assert ours.dtype == np.uint16
    assert (ours == theirs).all()
    assert (ours == film).all()


@pytest.mark.parametrize(
    "pixels",
    [
        np.arange(-60, 60, dtype=np.int16),
        np.arange(120, dtype=np.uint8),
        np.arange(120, dtype=np.uint16) * 500,
    ],
    ids=["int16", "uint8", "uint16"],
)
def test_the_first_frames_of_each_type(pixels: np.ndarray) -> None:
    frames = pixels.reshape(3, 5, 8)
    data = make_dicom(frames, syntax=ExplicitVRLittleEndian, bits=8 * pixels.itemsize)
    for count in (1, 2, 3):
        found = gdcm_child.decode(data, count, pixels.nbytes)
        assert found.dtype == pixels.dtype
        assert (found == frames[:count]).all()
    assert code_of_failure(data, 4) == "decode_error"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 128 + b"DICM",
        b"not a film" * 100,
        make_dicom(PixelData=None),
        make_dicom()[:-500],
    ],
    ids=["empty", "bare", "text", "no pixels", "cut"],
)
def test_garbage_is_a_decode_error(data: bytes) -> None:
    assert code_of_failure(data) == "decode_error"


def test_colour_is_refused() -> None:
    data = make_dicom(
        np.zeros((4, 4), np.uint8),
        bits=8,
        SamplesPerPixel=3,
        PhotometricInterpretation="RGB",
        PlanarConfiguration=0,
        PixelData=bytes(48),
    )
    assert code_of_failure(data) == "decode_error"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("kill -9 $$", "decoder_died"),
        ("kill -ABRT $$", "decoder_died"),
        ("kill -SEGV $$", "decoder_died"),
        ("exit 1", "decode_error"),
        ("exit 0", "decode_error"),
        ("echo '[1'", "decode_error"),
        ("echo '[1]'", "decode_error"),
        ("echo '{}'", "decode_error"),
        ('echo \'{"dtype": "<u2", "shape": [1, 2, 2]}\'; printf \'abc\'', "decode_error"),
        ('echo \'{"dtype": "<u2", "shape": [1, 2, 2]}\'; printf \'abcd\'', "decode_error"),
    ],
)
def test_a_child_that_fails_costs_one_file(run_instead, script: str, code: str) -> None:
    run_instead(script)
    assert code_of_failure() == code


def test_a_child_that_hangs_is_ended(
    run_instead, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gdcm_child, "_TIMEOUT_S", 0.2)
    run_instead(f"echo $$ > {tmp_path / 'pid'}; exec sleep 30")
    assert code_of_failure() == "decoder_timeout"
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_the_child_gets_the_bytes_and_says_nothing(
    run_instead, capfd: pytest.CaptureFixture[str]
) -> None:
    run_instead("""echo ZAPHOD >&2; echo '{"dtype": "|u1", "shape": [1, 1, 3]}'; cat /dev/fd/$1""")
    assert gdcm_child.decode(b"xyz", 1, 3).tobytes() == b"xyz"
    assert capfd.readouterr() == ("", "")


def test_no_more_is_read_from_the_child_than_its_values_may_take(
    run_instead, tmp_path: Path
) -> None:
    run_instead(f"echo $$ > {tmp_path / 'pid'}; exec yes")
    with pytest.raises(Failure, match="decode_error") as failure:
        gdcm_child.decode(b"", 1, 10_000)
    assert "more than the header says" in failure.value.detail
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_a_noisy_child_that_never_ends_is_ended_too(
    run_instead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gdcm_child, "_TIMEOUT_S", 0.3)
    run_instead("while true; do echo x; sleep 0.05; echo y >&2; done")
    assert code_of_failure(most_bytes=10**9) == "decoder_timeout"


@pytest.mark.parametrize("script", ["kill -9 $$", "exit 1", "sleep 9"])
def test_nothing_is_left_behind(
    run_instead, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(gdcm_child, "_TIMEOUT_S", 0.2)
    monkeypatch.chdir(tmp_path)
    gc.collect()  # what earlier tests have left may close its files at any moment
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 - names only
    run_instead(script)
    code_of_failure(make_dicom())
    assert os.listdir("/proc/self/fd") == before  # noqa: PTH208
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("most_bytes", "room"), [(1000, 256 << 20), (10**9, 896 << 20)])
def test_the_child_gets_memory_by_what_it_is_to_give(
    monkeypatch: pytest.MonkeyPatch, most_bytes: int, room: int
) -> None:
    commands: list[list[str]] = []

    def refuse(command: list[str], **_: object) -> None:
        commands.append(command)
        raise OSError

    monkeypatch.setattr(gdcm_child.subprocess, "Popen", refuse)
    with pytest.raises(OSError):  # noqa: PT011 - ours
        gdcm_child.decode(b"x", 1, most_bytes)
    assert 0 <= int(commands[0][-3]) - room < 20_000
