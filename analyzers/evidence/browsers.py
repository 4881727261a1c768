"""Browsers that are driven from here and run elsewhere: what they open, they open from a network of their own."""

from analyzers.authority.egress import Exposure, severity
from analyzers.finding import Severity
from analyzers.flow.choosing import SCHEME_ONLY
from analyzers.flow.effects import Effect
from analyzers.frameworks.sinks import BROWSER_METHODS
from analyzers.frameworks.tls import is_loopback
from analyzers.rule import Analysis

ELSEWHERE = (
    "The browser runs on another machine: it reaches what the network there lets it reach, and what it is shown there "
    "goes to the model. Bound it where it runs, or list the hosts here."
)
STARTING = ("launch", "launch_persistent_context")
CONNECTING = "connect_over_cdp"


def runs_elsewhere(analysis: Analysis, effect: Effect) -> bool:
    """Tell whether a page is opened in a browser that the package only connects to, on another machine."""
    if effect.name.rpartition(".")[2] not in BROWSER_METHODS:
        return False
    program = analysis.program
    root = program.package_root(effect.origin[0])

    def within(name: str) -> list[str | None]:
        """Return the constant address, if any, of each call of a method in the package."""
        sites = [site for site in program.call_sites(name) if program.package_root(site[0].file.path) == root]
        return [analysis.flow.resolver.text(site, site.facts.values[call].args[-1]) for site, call in sites]

    addresses = within(CONNECTING)
    local = any(address and is_loopback(address.partition("://")[2].partition("/")[0]) for address in addresses)
    return bool(addresses) and not local and not any(within(name) for name in STARTING)


def gravity(analysis: Analysis, exposure: Exposure) -> Severity:
    """Return how grave it is that a caller names a host: little where another machine's browser connects to it."""
    severity_here = severity(exposure)
    if not runs_elsewhere(analysis, exposure.effect):
        return severity_here
    # A check of the scheme keeps what the machine itself has, its files, and there it is meant for no more.
    checked = SCHEME_ONLY.endswith(exposure.verdict.bypass) and bool(exposure.verdict.bypass)
    return Severity.INFO if checked else min(severity_here, Severity.LOW)
