"""The file cache keeps facts, stays bounded and heals itself."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.facts_cache import FileCache


def test_facts_come_back_by_key(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "deep" / "facts.db")
    facts = {f"key{number}": bytes([number % 256]) * 10 for number in range(1_200)}

    cache.put(facts)

    assert cache.get([*facts, "unknown"]) == facts
    assert FileCache(tmp_path / "deep" / "facts.db").get(["key7"]) == {"key7": b"\x07" * 10}


def test_a_damaged_file_is_replaced_by_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    path.write_bytes(b"this is no database" * 500)
    cache = FileCache(path)

    assert cache.get(["key"]) == {}
    cache.put({"key": b"facts"})
    assert cache.get(["key"]) == {"key": b"facts"}


def test_a_place_that_cannot_be_written_costs_only_the_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = FileCache(tmp_path / "file" / "facts.db")

    cache.put({"key": b"facts"})

    assert cache.get(["key"]) == {}


def test_the_cache_drops_old_facts_when_it_grows_too_large(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "facts.db", max_bytes=400_000)
    keys = [f"key{number}" for number in range(40)]

    for key in keys:
        cache.put({key: b"x" * 50_000})

    kept = cache.get(keys)
    assert keys[-1] in kept
    assert sum(map(len, kept.values())) <= 400_000
    assert (tmp_path / "facts.db").stat().st_size < 1_000_000


def test_many_threads_share_one_file(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "facts.db")
    cache.put({"first": b"facts"})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: cache.put({f"key{number}": b"facts"}), range(20)))

    assert len(cache.get([f"key{number}" for number in range(20)])) == 20
