"""Commands as a user calls them."""

from typer.testing import CliRunner

from radprep.cli import app
from radprep.errors import RadprepError


def radprep(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def refused(*words):
    """The sentence of a command that must end with code 2."""
    result = radprep(*words)
    assert isinstance(result.exception, RadprepError), result.output
    assert result.exception.exit_code == 2
    return str(result.exception)
