"""Scripts that run in the page of a browser: whoever writes one does there what the user of that browser may."""

from typing import TYPE_CHECKING

from analyzers.flow.labels import is_chosen
from analyzers.frameworks.browsers import SCRIPTS, runs_script
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.effects import Call, Effect, EffectReader


def run_in_page(reader: "EffectReader", call: "Call") -> "Effect | None":
    """Return what a call does that runs a script which is chosen, None for any other."""
    function, _, node, name = call
    values = function.facts.values
    callee = values[node.args[0]]
    kept = values[callee.args[0]] if callee.op == "attr" else callee
    owner = values[kept.args[1]].text if kept.op == "index" else kept.text
    if not runs_script(name if "." in name else f"{owner}.{name}"):
        return None
    position, keyword = SCRIPTS[name.rpartition(".")[2]]
    script = argument_of(node, keyword, position)
    labels = reader.labeler.labels(function, script)
    return reader.effect(call, "write")._replace(arguments=labels) if any(map(is_chosen, labels)) else None


def is_own_script(effect: "Effect") -> bool:
    """Tell whether what runs in a page is the program's own script after all."""
    is_script = effect.kind == "write" and effect.name.rpartition(".")[2] in SCRIPTS
    return is_script and not any(map(is_chosen, effect.arguments))
