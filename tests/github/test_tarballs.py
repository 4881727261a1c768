import gzip
import io
import itertools
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github.blobs import blob_oid
from github.tarballs import BLOCK, MalformedTar, TarReader
from github.unpacking import Archive, LeftOut, Limits, Unpacker

ROOT = "octo-shop-abc/"


def member(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, target: str = "") -> tuple:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(data), target
    return info, data


def tar(*members: tuple, form: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form, pax_headers={"comment": "abc"}) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def unpack(packed: bytes, wanted: dict[str, bytes], limits: Limits = Limits(), piece: int = 65_536) -> Archive:
    unpacker = Unpacker({path: blob_oid(data) for path, data in wanted.items()}, limits)
    for at in range(0, len(packed), piece):
        if not unpacker.feed(packed[at : at + piece]):
            break
    return unpacker.archive()


FILES = {"a.py": b"x = 1\n", "deep/" * 40 + "é.py": b"y" * 5000, "empty.py": b"", "block.py": b"z" * BLOCK}
MEMBERS = [member(ROOT, kind=tarfile.DIRTYPE), *(member(ROOT + path, data) for path, data in FILES.items())]


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("piece", [1, 7, 512, 65_536])
def test_wanted_files_are_read_whatever_the_pieces(form, piece):
    packed = gzip.compress(tar(*MEMBERS, form=form))

    assert unpack(packed, FILES, piece=piece) == Archive(FILES, ())


def test_only_wanted_files_are_kept():
    wanted = {"a.py": FILES["a.py"]}

    assert unpack(gzip.compress(tar(*MEMBERS)), wanted) == Archive(wanted, ())


def test_a_file_that_differs_from_the_tree_is_left_out():
    packed = gzip.compress(tar(member(ROOT + "a.py", b"substituted")))

    assert unpack(packed, {"a.py": b"$Format$", "hidden.py": b"ignored"}) == Archive(
        {}, (LeftOut("a.py", "altered"), LeftOut("hidden.py", "not in the archive"))
    )


def test_links_and_devices_are_never_followed():
    kinds = {
        "sym.py": (tarfile.SYMTYPE, "symbolic link"),
        "hard.py": (tarfile.LNKTYPE, "hard link"),
        "fifo.py": (tarfile.FIFOTYPE, "special file"),
        "dev.py": (tarfile.CHRTYPE, "special file"),
    }
    links = [member(ROOT + name, kind=kind, target="/etc/passwd") for name, (kind, _) in kinds.items()]
    packed = gzip.compress(tar(*links, member(ROOT + "a.py", b"x")))

    assert unpack(packed, {"a.py": b"x", **dict.fromkeys(kinds, b"root:")}) == Archive(
        {"a.py": b"x"}, tuple(LeftOut(name, reason) for name, (_, reason) in kinds.items())
    )


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "", "a" * 4000, ROOT + "../x", "\\..\\x"])
def test_names_that_leave_the_folder_are_just_names(name):
    packed = gzip.compress(tar(member(name, b"evil"), member(ROOT + "a.py", b"x")))

    assert unpack(packed, {"a.py": b"x"}) == Archive({"a.py": b"x"}, ())


def test_a_file_above_the_limit_is_left_out_and_the_rest_is_read():
    packed = gzip.compress(tar(member(ROOT + "big.py", b"b" * 3000), member(ROOT + "a.py", b"x")))

    assert unpack(packed, {"big.py": b"b" * 3000, "a.py": b"x"}, Limits(file=2999)) == Archive(
        {"a.py": b"x"}, (LeftOut("big.py", "too large"),)
    )


def test_what_is_kept_is_bounded_in_all():
    packed = gzip.compress(tar(*(member(f"{ROOT}{n}.py", b"%d" % n * 100) for n in range(5))))

    archive = unpack(packed, {f"{n}.py": b"%d" % n * 100 for n in range(5)}, Limits(kept=250))
    assert sorted(archive.files) == ["0.py", "1.py"]
    assert {left.reason for left in archive.left_out} == {"too large"}


def test_a_bomb_stops_at_its_ratio():
    claims = tarfile.TarInfo(ROOT + "bomb")
    claims.size = 8_000_000_000
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb") as packed:
        packed.write(claims.tobuf(tarfile.GNU_FORMAT))
        for _ in range(80):
            packed.write(bytes(1_000_000))

    assert unpack(stream.getvalue(), {"a.py": b"x"}).stopped == "the archive inflates too much"


def test_a_bomb_stops_at_the_inflated_size():
    packed = gzip.compress(tar(member(ROOT + "big", bytes(2_000_000))))

    assert unpack(packed, {"a.py": b"x"}, Limits(inflated=1_000_000)).stopped == "the archive is too large"


def test_the_compressed_size_is_bounded():
    assert unpack(gzip.compress(tar(*MEMBERS)), FILES, Limits(compressed=100), piece=60).stopped == (
        "the archive is too large"
    )


def test_a_million_entries_stop_at_the_limit():
    block = tarfile.TarInfo("r/x").tobuf(tarfile.USTAR_FORMAT)
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=1) as packed:
        for _ in range(100):
            packed.write(block * 10_000)

    archive = unpack(stream.getvalue(), {"a.py": b"x"}, Limits(entries=5_000))
    assert archive == Archive(
        {}, (LeftOut("a.py", "the archive has too many entries"),), "the archive has too many entries"
    )


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (b"", "the archive ends early"),
        (b"<html>not found</html>", "the archive is damaged"),
        (gzip.compress(b"<html>" * 200, mtime=0), "the archive is damaged"),
        (gzip.compress(tar(*MEMBERS), mtime=0)[:-2000], "the archive ends early"),
        (gzip.compress(tar(*MEMBERS)[: 5 * BLOCK], mtime=0), "the archive ends early"),
    ],
)
def test_a_damaged_archive_is_never_taken_for_whole(packed, reason):
    archive = unpack(packed, {"nowhere.py": b"x"})

    assert archive.stopped.startswith(reason)
    assert archive.left_out == (LeftOut("nowhere.py", archive.stopped),)


def pax(record: bytes, name: bytes = b"r/a.py") -> bytes:
    extension = tarfile.TarInfo("x")
    extension.type, extension.size = b"x", len(record)
    padding = bytes(-len(record) % BLOCK)
    entry = tarfile.TarInfo(name.decode())
    return extension.tobuf(tarfile.USTAR_FORMAT) + record + padding + entry.tobuf(tarfile.USTAR_FORMAT) + bytes(1024)


@pytest.mark.parametrize(
    "record",
    [
        b"5 path=x\n",
        b"0 path=x\n",
        b"999999 path=x\n",
        b"-9 path=x\n",
        b"x path=x\n",
        b"99999999999999999999 path=x\n",
        b"12 size=10x\n",
        b"path",
        b"9" * 400,
    ],
)
def test_extended_headers_that_lie_are_damage(record):
    with pytest.raises(MalformedTar):
        list(TarReader(lambda name, size: True).feed(pax(record)))


def test_a_huge_extended_header_is_not_waited_for():
    extension = tarfile.TarInfo("x")
    extension.type, extension.size = b"L", 2_000_000_000
    with pytest.raises(MalformedTar, match="too large"):
        list(TarReader(lambda name, size: True).feed(extension.tobuf(tarfile.GNU_FORMAT)))


@given(st.binary(max_size=3000), st.integers(1, 700))
def test_any_bytes_are_read_within_bounds(data, piece):
    reader = TarReader(lambda name, size: size < 1000)
    try:
        for at in range(0, len(data), piece):
            list(reader.feed(data[at : at + piece]))
    except MalformedTar:
        pass


names = st.text(st.characters(exclude_characters="\0\n", exclude_categories=("Cs",)), min_size=1, max_size=300)


@given(st.dictionaries(names, st.binary(max_size=2000), max_size=5), st.integers(1, 5000))
def test_what_python_packs_is_unpacked(files, piece):
    packed = gzip.compress(tar(*(member(ROOT + name, data) for name, data in files.items())))

    assert unpack(packed, files, piece=piece) == Archive(files, ())


@given(st.data())
def test_a_flipped_byte_never_gives_wrong_content(data):
    packed = bytearray(tar(*MEMBERS))
    for _ in itertools.repeat(None, data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))

    archive = unpack(gzip.compress(bytes(packed)), FILES)
    assert archive.files == {path: FILES[path] for path in archive.files}
    assert {left.path for left in archive.left_out} == FILES.keys() - archive.files.keys()
