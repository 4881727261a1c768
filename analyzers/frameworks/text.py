"""Calls whose result is still the text, or the parts, of what they were given."""

# Methods of strings, URLs, mappings and models.
METHODS = frozenset(
    {
        *("strip", "lstrip", "rstrip", "lower", "upper"),
        *("casefold", "title", "capitalize", "replace", "format", "join"),
        *("removeprefix", "removesuffix", "split", "rsplit"),
        *("splitlines", "partition", "rpartition", "encode", "decode"),
        *("translate", "expandtabs", "zfill", "ljust", "rjust", "center", "format_map", "swapcase", "hex"),
        *("get", "pop", "setdefault", "items", "values"),
        *("keys", "copy", "popitem", "__getitem__", "get_all", "getlist"),
        *("geturl", "_replace", "copy_with", "with_path"),
        *("with_host", "unicode_string", "human_repr", "unsplit", "url"),
        *("model_dump", "dict", "json", "model_copy", "group"),
        *("groups", "groupdict", "findall", "sub", "loads", "dumps"),
        *("model_validate", "model_validate_json", "parse_obj", "model_construct", "from_dict", "_asdict", "asdict"),
    }
)
# Those that read an entry under a key: it is a part of what they are called on, not of the key.
READS = frozenset({"get", "pop", "get_all", "getlist"})
# Functions that encode a text for an address.
QUOTERS = frozenset({"urllib.parse.quote", "urllib.parse.quote_plus", "urllib.parse.urlencode"})
ROOTS = (
    *("builtins.", "urllib.parse.", "re.", "re2.", "json."),
    *("copy.", "html.", "pydantic.", "typing.", "string.", "textwrap."),
    *("httpx.URL", "httpx2.URL", "yarl.", "furl.", "idna."),
    *("tldextract.", "rfc3986.", "w3lib.", "validators.", "ada_url."),
    *("dataclasses.", "functools.", "itertools.", "collections."),
    *("asyncio.", "anyio.", "base64.", "binascii.", "codecs."),
    *("os.path.", "posixpath.", "ntpath.", "pathlib.", "ipaddress.", "socket.", "unicodedata.", "msgspec.", "orjson."),
    *("ujson.", "yaml.", "tomllib.", "ast.literal_eval", "operator.", "mcp.", "fastmcp.", "starlette.", "fastapi."),
    *("requests.Request", "requests.PreparedRequest", "requests.utils.", "requests.compat.", "httpx.Request", "email."),
    *("shlex.", "attrs.", "attr.", "cattrs."),
    *("jinja2.", "contextvars.", "inspect.", "types.", "urllib.request.Request"),
    *("socket.getaddrinfo", "dns.resolver.", "markdown.", "bs4."),
)
