"""From the syntax of one file to its local facts: values by definition and events with their dominators.

One pass in program order. The state at a point is the environment (name to value) and `at`, the last event that has
certainly completed on every path to here; events form a dominator tree, so joining two paths is finding their lowest
common ancestor. A path that has ended has the state `ENDED`.
"""

from analyzers.facts import FunctionFacts
from analyzers.flow.lowering.body import Body, FileBodies, Lowerings, Signature
from analyzers.flow.lowering.definitions import lower_function
from analyzers.flow.lowering.endings import raising
from analyzers.flow.lowering.expressions import EXPRESSIONS
from analyzers.flow.lowering.statements import STATEMENTS
from analyzers.syntax import Module


def local_facts(module: Module) -> tuple[FunctionFacts, ...]:
    """Return the facts of every function of a module; index 0 is the module's own body."""
    file = FileBodies(Lowerings(EXPRESSIONS, STATEMENTS), raising(module))
    root = Body(file, file.reserve(), "module", "")
    root.block(module.body)
    file.slots[0] = root.finish(module, 0, 0, module.docstring, Signature())
    while file.waiting:
        index, node, parent, signature = file.waiting.pop()
        file.slots[index] = lower_function(file, index, node, parent, signature)
    return tuple(slot for slot in file.slots if slot is not None)
