"""Values that are given to a name: a string constant under a name that holds credentials is not kept."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.flow.lowering.body import Body
from analyzers.secret_names import is_secret_name
from analyzers.secrets import named_secret, secret_kind
from analyzers.syntax import (
    Argument,
    Attribute,
    Binary,
    Boolean,
    Call,
    Conditional,
    Expression,
    Literal,
    Name,
    Sequence,
    Subscript,
    Template,
)

# What gives the value that it is given at a position, or under `default`, where it has no better one.
GIVING = {
    **dict.fromkeys(("SecretStr", "SecretBytes", "Secret", "str", "Field", "field", "mapped_column"), 0),
    **dict.fromkeys(("getenv", "get", "pop", "config", "setdefault", "env"), 1),
}
DEFAULTS = ("default", "default_value")
ENCODINGS = ("encode", "strip")
COMPARISONS = ("compare_digest",)
# What takes a user and a password, and the keywords under which both are given.
LOGINS = ("HTTPBasicAuth", "HTTPDigestAuth", "BasicAuth", "DigestAuth", "basic_auth", "login")
USERS = ("auth", "basic_auth", "http_auth", "httpauth", "credentials")
PAIR = 2
# Names of several credentials that are drawn by chance.
SEVERAL = ("api_keys", "apikeys", "access_tokens", "auth_tokens", "valid_tokens", "bearer_tokens", "secret_keys")
TEXTS = ("str", "bytes")
# Types of settings that are never shown.
SECRET_TYPES = ("SecretStr", "SecretBytes")
# What a part of an address is shown as that is no constant.
HOLE = "{}"
MAX_PARTS = 12
# A name that says no more than that its value stands for something: parsers have such words.
WORDS = ("token", "credential", "credentials")


def named_expression(body: Body, name: str, node: Expression) -> int:
    """Lower a value given to a name; a string constant given to a name that holds credentials is not kept."""
    if isinstance(node, Literal) and node.kind in TEXTS:
        secret = secret_kind(node.value) or named_secret(name, node.value)
        if secret is not None:
            return body.value("secret", secret, (), node)
    value = body.expression(node)
    if isinstance(node, Sequence):
        _listed(body, name, node, value)
    elif not isinstance(node, Literal) and is_secret_name(name):
        hide(body, name, node, value)
    return value


def _listed(body: Body, name: str, node: Sequence, value: int) -> None:
    """Keep no password of a user with one, `auth=("shop", "…")`, and none of several drawn keys: `API_KEYS = ["…"]`."""
    args = body.values[value].args
    is_user = name.lower() in USERS and len(node.items) == len(args) == PAIR
    for position, (item, index) in enumerate(zip(node.items, args, strict=False)):
        if not isinstance(item, Literal) or item.kind not in TEXTS:
            continue
        if is_user and position:
            _hide_literal(body, "password", item, index)
        elif name.lower().endswith(SEVERAL):
            _hide_literal(body, name[:-1], item, index, is_drawn=True)


def unpacked_secrets(body: Body, targets: Sequence, node: Sequence, value: int) -> None:
    """Keep no credential among constants that are given to names side by side: `USER, PASSWORD = "shop", "…"`."""
    if len(targets.items) == len(node.items) == len(body.values[value].args):
        for target, item, index in zip(targets.items, node.items, body.values[value].args, strict=True):
            if isinstance(item, Literal) and item.kind in TEXTS:
                _hide_literal(body, target_name(target), item, index)


def hide(body: Body, name: str, node: Expression, value: int) -> None:
    """Keep no credential among the constants that a lowered expression may give to a name."""
    for part, index in _given(body, node, value):
        if isinstance(part, Literal) and part.kind in TEXTS:
            secret = named_secret(name, part.value)
            if secret is not None and body.values[index].op in TEXTS:
                body.values[index] = Value("secret", secret, (), (), part.start, part.end - part.start)
        elif isinstance(part, Binary):
            text = _joined(part)
            secret = named_secret(name, text) if text is not None else None
            if secret is not None:
                conceal(body, part, index, secret)
        else:
            hide(body, name, part, index)


def _given(body: Body, node: Expression, value: int) -> Iterator[tuple[Expression, int]]:
    """Yield the expressions that may be the value of one, each with its own value."""
    args = body.values[value].args
    match node:
        case Boolean(operator="or" | "default", values=operands):
            yield from zip(operands, args, strict=True)
        case Conditional(then=then, otherwise=otherwise):
            yield from ((then, args[1]), (otherwise, args[2]))
        case Binary(operator="+"):
            yield node, value
        case Call(function=function, arguments=arguments):
            if isinstance(function, Attribute) and function.name in ENCODINGS and isinstance(function.value, Literal):
                yield function.value, body.values[args[0]].args[0]
            position = GIVING.get(target_name(function), -1)
            for index, argument in enumerate(arguments):
                is_given = argument.name in DEFAULTS or (not argument.name and index == position)
                if position >= 0 and is_given:
                    yield argument.value, args[index + 1]


def _joined(node: Expression) -> str | None:
    """Return a constant that is written in parts, None where one of them is no constant."""
    text = ""
    for _ in range(MAX_PARTS):
        last = node.right if isinstance(node, Binary) and node.operator == "+" else node
        if not isinstance(last, Literal) or last.kind != "str":
            return None
        text = last.value + text
        if not isinstance(node, Binary):
            return text
        node = node.left
    return None


def joined_secret(body: Body, node: Binary, value: int) -> None:
    """Keep no credential that is written in parts: `"ghp_" + "…"`."""
    text = _joined(node) if node.operator == "+" else None
    secret = secret_kind(text) if text is not None else None
    if secret is not None:
        conceal(body, node, value, secret)


def conceal(body: Body, node: Expression, value: int, secret: str) -> None:
    """Put a secret in place of a value, and keep nothing of the parts that it is made of."""
    waiting = list(body.values[value].args)
    body.values[value] = Value("secret", secret, (), (), node.start, node.end - node.start)
    while waiting:
        part = body.values[waiting[-1]]
        body.values[waiting.pop()] = Value("unknown", "", (), (), part.start, part.length)
        waiting.extend(part.args)


def addressed_secret(body: Body, node: Template, value: int) -> None:
    """Keep no password of an address whose host is filled in: `f"postgresql://shop:…@{HOST}/shop"`."""
    texts = [part.value if isinstance(part, Literal) else HOLE for part in node.parts]
    if len(texts) < 2 or not any("://" in text and "@" in text for text in texts):
        return
    secret = secret_kind("".join(texts))
    for part, index in zip(node.parts, body.values[value].args, strict=True):
        if secret is not None and isinstance(part, Literal) and "://" in part.value and body.values[index].op == "str":
            body.values[index] = Value("secret", secret, (), (), part.start, part.end - part.start)


def option_secret(body: Body, node: Call, args: list[int]) -> None:
    """Keep no credential that an option of a command line has by default: `add_argument("--token", default="…")`."""
    names = [name for argument in node.arguments if (name := _option(argument))]
    for argument, value in zip(node.arguments, args[1:], strict=True) if names else ():
        for name in names:
            if argument.name in DEFAULTS and isinstance(argument.value, Literal) and argument.value.kind == "str":
                _hide_literal(body, name, argument.value, value)


def _option(argument: Argument) -> str:
    value = argument.value
    text = value.value if not argument.name and isinstance(value, Literal) and value.kind == "str" else ""
    return text.lstrip("-") if text.startswith("--") else ""


def compared_secret(body: Body, left: tuple[Expression, int], right: tuple[Expression, int]) -> None:
    """Keep no credential that something of its name is compared with: `password == "…"`."""
    for (named, _), (other, value) in ((left, right), (right, left)):
        name = spoken_name(named)
        if name and isinstance(other, Literal) and other.kind == "str":
            _hide_literal(body, name, other, value, is_drawn=name.lower() in WORDS)


def fallback_secret(body: Body, node: Boolean, args: list[int]) -> None:
    """Keep no credential that stands in for one that is not set: `os.getenv("API_KEY") or "…"`."""
    name = spoken_name(node.values[0])
    if node.operator in ("or", "default") and is_secret_name(name):
        for operand, value in zip(node.values[1:], args[1:], strict=True):
            if isinstance(operand, Literal) and operand.kind == "str":
                _hide_literal(body, name, operand, value)


def called_secret(body: Body, node: Call, args: list[int]) -> None:
    """The same for `hmac.compare_digest(password, "…")`, and for what `SecretStr("…")` says is one."""
    given = [argument.value for argument in node.arguments]
    if len(given) == 2 and target_name(node.function) in COMPARISONS:
        one, other = zip(given, args[1:], strict=True)
        compared_secret(body, one, other)
        return
    if len(given) >= PAIR and target_name(node.function) in LOGINS:
        password = given[1]
        if isinstance(password, Literal) and password.kind == "str":
            _hide_literal(body, "password", password, args[2])
        return
    written = given[0] if len(given) == 1 else None
    if isinstance(written, Literal) and written.kind == "str" and target_name(node.function) in SECRET_TYPES:
        _hide_literal(body, "secret", written, args[1])


def _hide_literal(body: Body, name: str, node: Literal, value: int, *, is_drawn: bool = False) -> None:
    secret = named_secret(name, node.value)
    if secret is None or (is_drawn and not secret.startswith("high-entropy")):
        return
    body.values[value] = Value("secret", secret, (), (), node.start, node.end - node.start)


def spoken_name(node: Expression) -> str:
    """Return the name that an expression reads a value by: a variable's, an attribute's, a key's; "" for none."""
    if isinstance(node, Call) and node.arguments and target_name(node.function) in ("get", "getenv"):
        key = node.arguments[0].value
        return key.value if isinstance(key, Literal) and key.kind == "str" else ""
    return target_name(node)


def target_name(target: Expression) -> str:
    """Return the name that a target gives its value, "" for none."""
    match target:
        case Name(id=name) | Attribute(name=name):
            return name
        case Subscript(index=Literal(kind="str", value=name)):
            return name
    return ""
