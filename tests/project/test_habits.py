"""What CONTRIBUTING.md, the Makefile, the hooks and the citation say is so; CI does all of it."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from radprep import __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def targets(name):
    """Targets of the Makefile that a document asks its reader to make."""
    asked = re.findall(r"(?:^ {4}|`)make ((?:[a-z][a-z-]* ?)+)", text(name), re.MULTILINE)
    return {target for words in asked for target in words.split()}


MADE = set(re.findall(r"^([a-z][a-z-]*):", text("Makefile"), re.MULTILINE))


def test_nothing_lies_at_the_top_that_does_not_belong_there():
    """What a command made in the checkout must not come with it: data sets, keys, pages."""
    git = ["git", "-C", str(ROOT), "ls-files", "-z"]
    tracked = subprocess.run(git, capture_output=True, text=True, check=True).stdout.split("\0")
    folders = {path.split("/")[0] for path in tracked if "/" in path}
    assert folders == {
        *(".ci", "benchmarks", "data_samples", "docs", "pipelines", "radprep", "tests"),
    }
    files = {path for path in tracked if path and "/" not in path}
    assert {Path(name).suffix for name in files} <= {
        "",
        ".md",
        ".toml",
        ".py",
        ".yml",
        ".yaml",
        ".cff",
    }


def test_the_contributing_page_tells_of_every_target():
    assert targets("CONTRIBUTING.md") >= MADE


def test_ci_runs_the_command_of_the_readme_and_everything_that_it_leaves_out():
    script = text(".ci/run")
    assert re.search(r"^ +make test ", text("README.md"), re.MULTILINE)
    for target in (
        "demo",
        "torch",
        "lint",
        "docs",
        "test",
        "test-slow",
        "coverage-report",
        "wheel",
    ):
        assert len(re.findall(rf"^make {target} ", script, re.MULTILINE)) == 1, target


def test_the_two_halves_of_the_tests_are_all_of_them():
    said = [
        subprocess.run(
            ["make", "--no-print-directory", "--dry-run", target, "MEASURE=1"],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if "MAKE" not in name},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for target in ("test", "test-slow")
    ]
    chosen = [re.search(r'-m ("not slow"|slow)$', text.strip()).group(1) for text in said]
    assert chosen == ['"not slow"', "slow"]
    assert all("--cov --cov-append" in text for text in said)


def test_coverage_below_92_percent_fails():
    assert PROJECT["tool"]["coverage"]["report"]["fail_under"] >= 92
    assert "omit" not in PROJECT["tool"]["coverage"]["run"]


def test_hooks_run_what_lint_runs_with_what_is_installed():
    [repository] = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert repository["repo"] == "local"  # any other one is downloaded
    entries = {hook["id"]: hook["entry"] for hook in repository["hooks"]}
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
    assert all(hook["name"] for hook in repository["hooks"])
    assert entries["ruff-format"].startswith(".venv/bin/ruff format")
    assert entries["ruff-check"].startswith(".venv/bin/ruff check")
    assert entries["mypy"] == "make types"
    assert "types" in MADE


def test_the_citation_is_what_the_citation_file_format_asks_for():
    """Version 1.2.0 of the format: its required keys, and the values that have a form."""
    citation = yaml.safe_load(text("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] in ("software", "dataset")
    for author in citation["authors"]:
        assert {"name"} <= set(author) or {"family-names", "given-names"} <= set(author)
    optional = {"abstract", "date-released", "doi", "identifiers", "keywords", "license"}
    optional |= {"repository-code", "type", "url", "version"}
    assert set(citation) <= {"cff-version", "message", "title", "authors"} | optional
    assert all(isinstance(word, str) for word in citation["keywords"])
    assert str(citation["version"]) == __version__
    assert citation["license"] == PROJECT["project"]["license"]


def test_the_changelog_tells_of_this_version():
    assert re.search(rf"^## {re.escape(__version__)}\b", text("CHANGELOG.md"), re.MULTILINE)


def name_of(requirement):
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")


def test_every_package_that_is_asked_for_is_pinned():
    lines = text(".ci/constraints.txt").splitlines()
    assert lines == sorted(lines, key=str.lower)
    assert all(re.fullmatch(r"[\w.-]+==[\w.+]+", line) for line in lines)
    extras = PROJECT["project"]["optional-dependencies"].values()
    asked = [*PROJECT["project"]["dependencies"], *(line for extra in extras for line in extra)]
    ours = {"radprep[export]"}  # of the extra `test`, which has what it tests
    assert {name_of(line) for line in {*asked} - ours} <= {name_of(line) for line in lines}


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_a_document_asks_for_targets_that_exist(document):
    assert targets(document) <= MADE


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "SECURITY.md"])
def test_files_that_a_document_names_exist(document):
    for name in re.findall(r"`((?:radprep|tests|\.ci|pipelines)/[\w./-]*)`", text(document)):
        assert "NAME" in name or (ROOT / name).exists(), name
