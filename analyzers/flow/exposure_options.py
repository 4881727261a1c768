"""What options of the command line hold: secrets that a program puts there from elsewhere, as a default."""

from typing import TYPE_CHECKING

from analyzers.flow.secrets import NONE, Secrets, without_parameters
from analyzers.project.program import Function
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.exposure import ExposureReader

OPTIONS = frozenset({"argparse.Namespace()", "argparse.ArgumentParser().parse_args()"})


def of_option(reader: "ExposureReader", site: Site) -> Secrets:
    """Return what the functions of a file store in an option of its command line: `args.key = os.environ[…]`."""
    function, _, node = site
    if not _are_options(reader, function, node.args[0]):
        return NONE
    stores = [
        (scope, event.value)
        for scope in function.file.functions
        for event in scope.facts.events
        if (event.kind, event.text) == ("store", node.text) and _are_options(reader, scope, event.target)
    ]
    return without_parameters(NONE.union(*[reader.held(*place) for place in stores]))


def _are_options(reader: "ExposureReader", function: Function, value: int) -> bool:
    return value >= 0 and any(name in OPTIONS for name in reader.resolver.externals(function, value))
