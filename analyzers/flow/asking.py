"""Methods that give what tables, stores and databases keep under what they are given."""

# Methods of tables, stores and databases that give something by what they are given, or what they find is cut down to.
ASKING = frozenset(
    {
        *("get", "pop", "hget", "hgetall", "get_item", "get_or_none", "lookup"),
        *("execute", "fetchone", "fetchrow", "fetchval", "fetch", "fetch_one", "fetchall", "scalar", "scalars"),
        *("query", "select", "where", "filter", "filter_by", "eq", "find_one", "find", "first", "one_or_none"),
    }
)
# Those that take more than a key: a default, or the options of a request where it is a client's.
KEYED = ("get", "pop")
