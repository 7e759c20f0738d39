"""Fixtures that every test may ask for."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pydicom.uid import JPEGLosslessSV1

from tests.made import arm, key_at, make_dicom

# A busy machine is no fault of the code, and the same code is tried with the same examples.
settings.register_profile(
    "any", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any")

_ADDRESS_SPACE = resource.getrlimit(resource.RLIMIT_AS)


@pytest.fixture(autouse=True)
def room_for_the_next_test():
    """A run within this process limits its address space for good, and a browser that is started
    later needs more."""
    yield
    resource.setrlimit(resource.RLIMIT_AS, _ADDRESS_SPACE)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """A small dump: three studies of two patients, a broken file, a text file and an exact copy."""
    folder = tmp_path / "dump"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "IM1").write_bytes(make_dicom(arm(seed=1)))
    (folder / "a" / "IM2.dcm").write_bytes(
        make_dicom(arm(seed=2), instance="2", syntax=JPEGLosslessSV1, bits=16)
    )
    (folder / "copy of IM1").write_bytes((folder / "a" / "IM1").read_bytes())
    (folder / "IM3").write_bytes(
        make_dicom(arm(seed=3), study="2", BodyPartExamined="RODILLA", PatientID="P1")
    )
    (folder / "IM4").write_bytes(
        make_dicom(arm(seed=4), study="3", PhotometricInterpretation="MONOCHROME1")
    )
    (folder / "IM5").write_bytes(make_dicom(arm(seed=5), study="3", instance="2")[:-3000])
    (folder / "notes.txt").write_text("not a film\n")
    return folder


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A project key, the same in every test that compares bytes."""
    return key_at(tmp_path / "project.key")
