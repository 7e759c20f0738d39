"""A seeded handful of spoilt files through one conversion; benchmarks/mutants.py does thousands."""

import mutants
import pytest


@pytest.mark.slow
def test_spoilt_files_end_neither_a_run_nor_a_worker(tmp_path):
    mutants.write_mutants([mutants.pydicom_test_files()], tmp_path / "dump", 400, seed=20261121)
    found = mutants.convert(tmp_path / "dump", tmp_path / "raw")
    assert found["broken"] == [], found
    assert found["files"] == 400
    assert found["kept"] > 30
    assert found["failed"] > 20
    assert found["peak_mb_of_a_process"] < 1500
