"""Programs that run code of their own language, and what a text does in them: commands, files, all of a machine.

https://www.mathworks.com/help/matlab/apiref/matlab.engine.matlabengine-class.html, https://oct2py.readthedocs.io,
https://rpy2.github.io, https://juliapy.github.io/PythonCall.jl, https://sassoftware.github.io/saspy,
https://www.stata.com/python/pystata19, https://reference.wolfram.com/language/WolframClientForPython,
https://rada.re/n/r2pipe.html, https://sourceware.org/gdb/current/onlinedocs/gdb.html, https://github.com/scoder/lupa.
"""

_MATLAB = ("start_matlab", "connect_matlab", "MatlabEngine")
_RUNTIMES = ("lupa.LuaRuntime()", "lupa.lua54.LuaRuntime()", "lupa.luajit21.LuaRuntime()")
# Function -> name of its first argument, which is run as code.
CODE = {
    **{f"matlab.engine.{made}().{run}": "s" for made in _MATLAB for run in ("eval", "evalc")},
    **{f"oct2py.{made}.eval": "cmds" for made in ("Oct2Py()", "octave")},
    "rpy2.robjects.r": "string",
    "juliacall.Main.seval": "code",
    "julia.Main.eval": "code",
    "julia.Julia().eval": "code",
    "saspy.SASsession().submit": "code",
    "saspy.SASsession().submitLST": "code",
    "pystata.stata.run": "cmd",
    **{f"wolframclient.evaluation.WolframLanguageSession().{run}": "expr" for run in ("evaluate", "evaluate_wrap")},
    # Its commands run those of a shell behind `!`, as those of gdb behind `shell`.
    **{f"r2pipe.open().{run}": "cmd" for run in ("cmd", "cmdj")},
    "gdb.execute": "command",
    "pygdbmi.gdbcontroller.GdbController().write": "mi_cmd_to_write",
    "maya.mel.eval": "command",
    **{f"{made}.{run}": "lua_code" for made in _RUNTIMES for run in ("execute", "eval")},
    "js2py.eval_js": "js",
    "execjs.eval": "source",
    "execjs.compile": "source",
}
# What reads the code, by the package.
READERS = {
    "matlab": "MATLAB",
    "oct2py": "Octave",
    "rpy2": "R",
    "juliacall": "Julia",
    "julia": "Julia",
    "saspy": "SAS",
    "pystata": "Stata",
    "wolframclient": "the Wolfram Language",
    "r2pipe": "radare2",
    "gdb": "GDB",
    "pygdbmi": "GDB",
    "maya": "Maya",
    "lupa": "Lua",
    "js2py": "JavaScript",
    "execjs": "JavaScript",
    "jinja2": "a template engine",
    "mako": "a template engine",
}


def reader_of(name: str) -> str:
    """Return what reads the code that a function runs."""
    return READERS.get(name.partition(".")[0], "Python")
