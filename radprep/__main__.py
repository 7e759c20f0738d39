"""`python -m radprep`."""

from radprep.cli import run

if __name__ == "__main__":
    run()
