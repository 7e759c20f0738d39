"""The project key, and the pseudonyms that it makes."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from radprep.dataset.durable import temporary_of
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.private.guard import check_folder, read_closed
from radprep.private.tree import PrivateTree, make_private_folder
from radprep.text.no_patient import named_patient

KEY_BYTES = 32
_MOST_BYTES = 4096


@dataclass(frozen=True)
class Pseudonyms:
    """Identifiers under a project key: HMAC-SHA256 with a domain, cut to 16 hex digits. The same
    input and key give the same id in any run; without the key nobody can try candidates."""

    key: bytes

    @property
    def fingerprint(self) -> str:
        """Names the key without telling it."""
        return self._digest("fingerprint", b"").hex()[:16]

    def make(self, domain: str, *values: str) -> str:
        """Pseudonym of one or several texts in a domain (patient, study, series, instance,
        source)."""
        return self._digest(
            domain, b"\0".join(value.encode("utf-8", "surrogatepass") for value in values)
        ).hex()[:16]

    def source_id(self, delivery: int, path: str, study: str = "", instance: str = "") -> str:
        """Pseudonym of a file of a delivery: its path in the dump and, where its header could be
        read, its StudyInstanceUID and SOPInstanceUID. Another film that stands at the same path
        later is another source, so that it does not take the place of the first."""
        return self.make("source", str(delivery), study, instance, path)

    def patient_id(self, patient: str | None, study_id: str, issuer: str | None = None) -> str:
        """Pseudonym of a PatientID, or of one and who gave it: two hospitals may give the same. A
        film without a PatientID, or with one that names nobody, is of a patient of its own in its
        study."""
        named = named_patient(patient)
        if named is None:
            return self.make("patient of study", study_id)
        return self.make("patient", named, *((issuer,) if issuer else ()))

    def of_forgotten(self, picture: str) -> str:
        """By what a forgotten patient's picture is known again. picture: the hash of its bytes,
        which anybody who has the picture could make; without the key this says nothing."""
        return self.make("forgotten picture", picture)

    def days_earlier(self, patient_id: str) -> int:
        """How many days a patient's dates are moved into the past: 1 to 3650, fixed by the key, so
        that the time between two studies of one patient stays true."""
        return 1 + int.from_bytes(self._digest("days", patient_id.encode())[:8], "big") % 3650

    def _digest(self, domain: str, value: bytes) -> bytes:
        return hmac.new(self.key, domain.encode() + b"\0" + value, hashlib.sha256).digest()


def read_key(path: Path) -> Pseudonyms:
    """Read a key file: 64 hex digits. Raises UsageError where it is missing or not a key, where
    others can read it, and where anybody could guess it."""
    try:
        key = bytes.fromhex(read_closed(path).decode("ascii").strip())
    except FileNotFoundError:
        raise UsageError(
            f"There is no key at {path}. Give the key file of this project with --key."
        ) from None
    except ValueError:
        raise UsageError(
            f"{path} is not a readable key file: it must hold {2 * KEY_BYTES} hex digits."
        ) from None
    if len(key) != KEY_BYTES:
        raise UsageError(f"{path} is not a key: it must hold {2 * KEY_BYTES} hex digits.")
    if len(set(key)) == 1:
        raise UsageError(
            f"{path} is no secret: it holds the same byte {KEY_BYTES} times, as a file does that "
            "was wiped or made by hand. Put the project's key back from a backup. For a new data "
            "set leave it out: radprep draws a key."
        )
    return Pseudonyms(key)


def draw_key() -> Pseudonyms:
    """A new key, which stands nowhere yet."""
    return Pseudonyms(secrets.token_bytes(KEY_BYTES))


def create_key(
    path: Path, given: Pseudonyms | None = None, drawn: Pseudonyms | None = None
) -> Pseudonyms:
    """Write the key given, else the one drawn, else a new one, readable by its owner only; never
    over an existing one (another run may have been faster: its key then counts). The file appears
    whole.
    Raises UsageError where the existing key is not the one given."""
    make_private_folder(path.parent)
    check_folder(path.parent)
    wanted = given or drawn or draw_key()
    temporary = temporary_of(path)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(wanted.key.hex() + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    stands = read_key(path)
    if given and stands != given:
        raise UsageError(
            f"{path} was made by another run a moment ago and is another key. Leave --key out, or "
            "choose a new OUT."
        )
    return stands


def existing_key(data_set: DataSet, tree: PrivateTree, key_file: Path | None) -> Pseudonyms | None:
    """The key that OUT must be made with: the one given, the one beside it, or None where a new one
    may be made."""
    given = read_key(key_file) if key_file else None
    stored = read_key(tree.key) if os.path.lexists(tree.key) else None
    if given and stored and given != stored:
        raise UsageError(
            f"--key {key_file} is not the key that {tree.key} holds. Leave --key out, or choose a "
            "new OUT."
        )
    if not given and not stored and data_set.info_file.exists():
        raise UsageError(
            f"The key of {data_set} is lost: there is no {tree.key}. If its private tree stands "
            "elsewhere, name it with --private DIR. Else put the key back or give it with --key: "
            "with a new key the same patients would get new pseudonyms. Without it, convert into a "
            "new OUT."
        )
    return given or stored
