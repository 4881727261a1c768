"""Calls that run commands and code, and how programs read the arguments that they are started with."""

from analyzers.frameworks import interpreters, notebooks, sinks

# Function -> name of its first argument, which a shell reads as a command line.
SHELLS = {
    "os.system": "command",
    "os.popen": "cmd",
    "subprocess.getoutput": "cmd",
    "subprocess.getstatusoutput": "cmd",
    "asyncio.create_subprocess_shell": "cmd",
    "asyncio.subprocess.create_subprocess_shell": "cmd",
    "paramiko.SSHClient().exec_command": "command",
    "asyncssh.connect().run": "command",
    "asyncssh.connect().create_process": "command",
    "fabric.Connection().run": "command",
    "fabric.Connection().sudo": "command",
    "fabric.Connection().local": "command",
    "invoke.run": "command",
    "paramiko.SSHClient().invoke_shell().send": "s",
    "paramiko.SSHClient().invoke_shell().sendall": "s",
    "paramiko.Channel().send": "s",
    "paramiko.Channel().sendall": "s",
    "paramiko.SSHClient().get_transport().open_session().exec_command": "command",
    "invoke.Context().run": "command",
    "invoke.context.Context().run": "command",
    "netmiko.ConnectHandler().send_command": "command_string",
    "netmiko.ConnectHandler().send_command_timing": "command_string",
    "netmiko.ConnectHandler().send_config_set": "config_commands",
    "netmiko.ConnectHandler().send_multiline": "commands",
    "pexpect.spawn": "command",
    "pexpect.run": "command",
}
# Function -> name of its first argument, a list of words, or with `shell=True` a command line.
LISTS = {
    **dict.fromkeys(("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output"), "args"),
    "subprocess.Popen": "args",
    "pty.spawn": "argv",
    "trio.run_process": "command",
    # A text is handed to a shell by these two, whatever else they are given.
    "anyio.run_process": "command",
    "anyio.open_process": "command",
}
TEXT_IS_SHELL = ("anyio.run_process", "anyio.open_process")
# Methods of a started program that write on its standard input: the argument with the text, and steps to the program.
INPUTS = {
    "subprocess.Popen().communicate": ("input", 1),
    "subprocess.Popen().stdin.write": ("s", 2),
    "asyncio.create_subprocess_exec().communicate": ("input", 1),
    "asyncio.create_subprocess_exec().stdin.write": ("data", 2),
    "asyncio.subprocess.create_subprocess_exec().communicate": ("input", 1),
    "asyncio.subprocess.create_subprocess_exec().stdin.write": ("data", 2),
}
# Functions whose arguments are the words.
WORDS = frozenset(
    {
        *("asyncio.create_subprocess_exec", "asyncio.subprocess.create_subprocess_exec", "os.execl", "os.execlp"),
        *("os.execle", "os.execlpe", "os.spawnl", "os.spawnlp", "os.spawnle", "os.spawnlpe"),
    }
)
_DOCKER = ("docker.from_env()", "docker.DockerClient()", "docker.client.DockerClient()")
_DOCKER_LOW = ("docker.APIClient()", "docker.api.APIClient()")
# What runs something in a container: position and name of the argument with the words, a list or a text to be split.
CONTAINERS = {
    **{f"{made}.containers.{method}": (1, "command") for made in _DOCKER for method in ("run", "create")},
    **{f"{made}.containers.get().exec_run": (0, "cmd") for made in _DOCKER},
    **{f"{made}.api.exec_create": (1, "cmd") for made in _DOCKER},
    **{f"{made}.exec_create": (1, "cmd") for made in _DOCKER_LOW},
    **{f"{made}.create_container": (1, "command") for made in _DOCKER_LOW},
    "kubernetes.stream.stream": (-1, "command"),
}
# Those whose first argument is the image that is started, and the argument with the folders of the host.
IMAGES = frozenset(name for name in CONTAINERS if name.endswith((".run", ".create", ".create_container")))
IMAGE, FOLDERS = "image", "volumes"
# What starts an MCP server: a program under `command`, the words behind it under `args`.
SERVERS = frozenset(
    {
        *("mcp.StdioServerParameters", "mcp.client.stdio.StdioServerParameters"),
        *("fastmcp.client.transports.StdioTransport", "fastmcp.client.transports.stdio.StdioTransport"),
    }
)
# What runs something only where a caller has a part in it.
READ_AS_PROGRAMS = frozenset({*SERVERS, *INPUTS})
# Functions of a program and a list of its words: the position of the program.
PROGRAMS = {
    **dict.fromkeys(("os.execv", "os.execvp", "os.execve", "os.execvpe", "os.posix_spawn", "os.posix_spawnp"), 0),
    **dict.fromkeys(("os.spawnv", "os.spawnvp", "os.spawnve", "os.spawnvpe"), 1),
    "pexpect.spawn": 0,
}
# The interpreter that runs the program itself.
OWN_INTERPRETER, PYTHON = "sys.executable", "python"
# Function -> name of its first argument, which is run as code.
CODE = {
    "builtins.exec": "code",
    "builtins.eval": "expression",
    "pandas.eval": "expr",
    "jinja2.Template": "source",
    "jinja2.Environment().from_string": "source",
    "mako.template.Template": "text",
    **interpreters.CODE,
    **notebooks.CODE,
}
_TABLES = ("DataFrame", "read_csv", "read_excel", "read_json", "read_parquet", "read_sql", "read_table", "read_feather")
# Function -> name of its first argument, from which objects are made that run code as they are made.
OBJECTS = {
    # Expressions that these two libraries read with `eval`.
    **dict.fromkeys(("sympy.sympify", "sympy.S", "sympy.core.sympify.sympify"), "a"),
    **dict.fromkeys(("sympy.parse_expr", "sympy.parsing.sympy_parser.parse_expr"), "s"),
    **{f"pandas.{made}().{method}": "expr" for made in _TABLES for method in ("eval", "query")},
    "pickle.loads": "data",
    "dill.loads": "str",
    "marshal.loads": "bytes",
    "cloudpickle.loads": "data",
    "jsonpickle.decode": "string",
    "yaml.unsafe_load": "stream",
    "yaml.load": "stream",
}
# Where a loader decides, those that make any object.
LOADERS = frozenset({"yaml.Loader", "yaml.UnsafeLoader", "yaml.CLoader", "yaml.CUnsafeLoader"})
# What such calls do; making objects is a capability where a caller's own text is what they are made of.
KINDS = {**dict.fromkeys((*SHELLS, *CODE, *CONTAINERS), "exec"), **dict.fromkeys(OBJECTS, "read-public")}
SPLITTERS = frozenset({"shlex.split"})
QUOTERS = frozenset({"shlex.quote", "shlex.join", "pipes.quote"})

SHELL_PROGRAMS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash", "fish"})
# Program -> flags whose next word is read as code.
INTERPRETERS = {
    **dict.fromkeys(SHELL_PROGRAMS, ("-c", "-lc", "-ec", "-xc", "-ic")),
    **dict.fromkeys(("python", "python3", "python2"), ("-c",)),
    **dict.fromkeys(("node", "bun", "deno", "perl", "ruby"), ("-e", "--eval", "-p", "eval")),
    "php": ("-r",),
    "osascript": ("-e",),
    "cmd": ("/c", "/C", "/k"),
    "cmd.exe": ("/c", "/C", "/k"),
    **dict.fromkeys(("powershell", "powershell.exe", "pwsh"), ("-Command", "-command", "-c")),
}
# Programs that join what follows their target to a command line for a shell elsewhere.
REMOTE_SHELLS = frozenset({"ssh", "adb"})
# Options whose next word is their value, however that begins; those whose value starts programs are left out.
VALUED = {
    "git": (
        *("-C", "--git-dir", "--work-tree", "-m", "--message", "-F", "--file", "-b", "-B", "--branch", "--author"),
        *("--date", "-n", "--max-count", "--since", "--until", "--after", "--before", "--grep", "-S", "-G", "-L"),
        *("--depth", "--skip", "--format", "--pretty", "-s", "--strategy", "-u", "--cleanup"),
        *("--contains", "--no-contains"),
    ),
    "ssh": ("-p", "-i", "-l", "-J", "-L", "-R", "-D", "-W", "-b", "-c", "-E", "-m", "-S"),
    "scp": ("-P", "-i", "-J", "-c", "-l"),
    "rsync": ("--exclude", "--include", "--bwlimit", "--timeout"),
    "tar": ("-C", "--directory", "-f", "--file", "--exclude"),
    "find": ("-name", "-iname", "-path", "-ipath", "-type", "-maxdepth", "-mindepth", "-size", "-mtime", "-regex"),
    "hg": ("-R", "--cwd", "-m", "--message", "-r", "--rev"),
    "svn": ("-m", "--message", "-r", "--revision", "--username"),
}


# Verbs that have an option of their own whose value is the next word, and verbs for which one is a mere flag.
VALUED_BY_VERB = {"grep": ("-e", "-A", "-B", "-C", "-m")}
FLAGS_BY_VERB = {
    "grep": ("-n", "-s", "-F", "-L", "-G", "-b"),
    **dict.fromkeys(("push", "commit", "stash", "status", "add", "fetch"), ("-n", "-s", "-S", "-u", "-b")),
    **dict.fromkeys(("clone", "rm", "revert", "cherry-pick", "tag"), ("-n", "-s", "-S")),
    **dict.fromkeys(("diff", "show"), ("-s", "-u", "-b")),
}


def takes_next(program: str, option: str | None, verb: str = "") -> bool:
    """Tell whether a word of a command is an option whose value is the next word: `-C`, and `-am` as `-m` is one.

    `verb` is what a program such as `git` is told to do, where it was told before.
    """
    valued = VALUED.get(program, ())
    if program == "git" and verb:
        flags = FLAGS_BY_VERB.get(verb, ())
        valued = (*(word for word in valued if word not in flags), *VALUED_BY_VERB.get(verb, ()))
    if option is None or not option.startswith("-"):
        return False
    return option in valued or (option[1:].isalpha() and f"-{option[-1]}" in valued and program != "find")


# Options whose next word is their value although it may start programs, as `-o ProxyCommand=...` does.
STARTING = {"ssh": ("-o", "-F", "-I", "-Q", "-O", "-w", "-B", "-e")}


def takes_word(program: str, option: str | None) -> bool:
    """Tell whether the next word is the value of an option, whatever that value does."""
    return takes_next(program, option) or option in STARTING.get(program, ())


# Programs with options that run commands or write files, as `git --upload-pack=...` or `tar --checkpoint-action=...`.
RUNS_BY_OPTION = frozenset(
    {
        *("git", "ssh", "scp", "rsync", "tar", "find", "hg", "svn", "man", "zip", "sed", "awk", "vim", "less", "env"),
        *("curl", "wget", "sort", "xargs", "npm", "npx", "pip", "uvx", "gcc", "ffmpeg", "docker", "kubectl", "helm"),
        *("rclone", "rg", "tcpdump", "yt-dlp", "nmap", "psql", "sqlite3", "pandoc", "gdb", "aria2c", "mvn", "java"),
        *("make", "cmake", "cargo", "go", "gradle", "node", "perl", "ruby", "pytest"),
    }
)
# Options whose next word is a file or folder that the program reads or writes.
FILE_OPTIONS = {
    **dict.fromkeys(("tcpdump", "tshark", "dumpcap"), ("-r", "-w")),
    "curl": ("-o", "--output", "-T", "--upload-file"),
    "wget": ("-O", "--output-document", "-P", "--directory-prefix"),
    "pandoc": ("-o", "--output"),
    "openssl": ("-in", "-out"),
    "nmap": ("-oN", "-oX", "-oG", "-oA", "-iL"),
    "ffmpeg": ("-i",),
}
# Programs that run what their arguments say, or install it and run its setup.
RUNS_WORDS = frozenset(
    {
        *("env", "xargs", "awk", "sed", "npx", "uvx", "npm", "pip", "docker", "find", "ssh", "gcc", "make", "vim"),
    }
)
# Programs that take something away.
DESTROYERS = frozenset({"rm", "rmi", "rmdir", "unlink", "shred", "kill", "pkill", "killall", "dropdb", "prune"})
# Programs that run what follows `exec` in a container.
ENTERED = frozenset({"kubectl", "oc", "docker", "podman", "nerdctl", "crictl"})
# Words after a program's name by which it only tells something.
TELLING = frozenset(
    {"log", "logs", "status", "diff", "version", "info", "cluster-info", "top", "ls", "cat", "ps", "blame", "history"}
)
# Functions that start a program with words of its own, in which no shell looks for commands.
STARTERS = frozenset({*LISTS, *WORDS, *PROGRAMS, *SERVERS}) - frozenset(TEXT_IS_SHELL)
# Parameters that are meant to be a program, as their names say.
NAMED_CODE = ("code", "script", "source", "program", "snippet", "template", "command", "cmd", "statement")


def capability(command: str, unknown: str = "write") -> str:
    """Return what a fixed program does by its name and first words: `git log` reads, `kubectl delete` destroys."""
    program, *words = command.split()[:3]
    if program_of(program) in DESTROYERS:
        return "destroy"
    if words[:1] == ["exec"] and program_of(program) in ENTERED:
        return "exec"
    for word in words:
        if word in DESTROYERS:
            return "destroy"
        kind = "read-private" if word in TELLING else sinks.vocabulary(word) if word[:1].isalpha() else ""
        if kind:
            return kind
    return unknown


def git_verb(name: str) -> str:
    """Return what GitPython starts `git` with, `Repo().git.diff(...)` or `Git().diff(...)`, "" for another call."""
    owner, _, verb = name.rpartition(".")
    is_git = name.startswith("git.") and (owner.endswith(").git") or owner in ("git.Git()", "git.cmd.Git()"))
    return verb.replace("_", "-") if is_git else ""


def git_kind(name: str) -> str:
    """Return what such a call does, "" for another one: what no verb tells to change anything only tells."""
    verb = git_verb(name)
    return capability(f"git {verb}", unknown="read-private") if verb else ""


def program_of(word: str) -> str:
    """Return the plain name of the program that a first word starts."""
    return word.strip().rpartition("/")[2].lower()
