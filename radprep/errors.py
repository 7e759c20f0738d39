"""What may go wrong for a person, and the exit code that says so (`radprep --help` lists them)."""

from __future__ import annotations

BUG, USAGE, TOO_MANY_FAILED, NOT_VERIFIED, INTERRUPTED = 1, 2, 3, 4, 75


class RadprepError(Exception):
    """Something a person can mend: the message says what is wrong, where, and what to do. It never
    holds a tag's value."""

    exit_code = BUG


class UsageError(RadprepError):
    """The command, its parameters or its files are not what they must be."""

    exit_code = USAGE


class TooManyFailedError(RadprepError):
    """More files failed than `--max-failed` allows; what was made is complete and stays."""

    exit_code = TOO_MANY_FAILED


class NotVerifiedError(RadprepError):
    """A data set is not what its tables say."""

    exit_code = NOT_VERIFIED


class InterruptedRunError(RadprepError):
    """The run was asked to stop; the same command goes on from here."""

    exit_code = INTERRUPTED


class Failure(Exception):  # noqa: N818 - a fault of one file, carried as a value, not a fault of the program
    """One file or image could not be used: a stable code, and a detail that holds no tag value,
    path or name."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
