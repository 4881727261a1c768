"""Libraries that read and write files of data, documents and settings, by the path that they are given."""

# Function -> position and name of the path that it reads.
READERS: dict[str, tuple[int, str]] = {
    "pandas.read_csv": (0, "filepath_or_buffer"),
    "pandas.read_table": (0, "filepath_or_buffer"),
    "pandas.read_excel": (0, "io"),
    "pandas.read_json": (0, "path_or_buf"),
    "pandas.read_html": (0, "io"),
    "pandas.read_xml": (0, "path_or_buffer"),
    "pandas.ExcelFile": (0, "path_or_buffer"),
    "pandas.read_pickle": (0, "filepath_or_buffer"),
    "pandas.read_hdf": (0, "path_or_buf"),
    **dict.fromkeys((f"pandas.read_{kind}" for kind in ("parquet", "feather", "orc", "spss")), (0, "path")),
    **dict.fromkeys(("pandas.read_stata", "pandas.read_sas"), (0, "filepath_or_buffer")),
    **dict.fromkeys(
        (
            f"polars.{way}_{kind}"
            for way in ("read", "scan")
            for kind in ("csv", "parquet", "ndjson", "ipc", "excel", "json")
        ),
        (0, "source"),
    ),
    **dict.fromkeys(("geopandas.read_file", "rasterio.open", "fiona.open"), (0, "filename")),
    **dict.fromkeys(("numpy.loadtxt", "numpy.genfromtxt"), (0, "fname")),
    **dict.fromkeys(("numpy.fromfile", "numpy.memmap"), (0, "file")),
    "pyarrow.parquet.read_table": (0, "source"),
    "pyarrow.parquet.ParquetFile": (0, "source"),
    "pyarrow.csv.read_csv": (0, "input_file"),
    **dict.fromkeys((f"duckdb.{method}" for method in ("read_csv", "from_csv_auto")), (0, "path_or_buffer")),
    **dict.fromkeys((f"duckdb.{method}" for method in ("read_parquet", "from_parquet")), (0, "file_glob")),
    "duckdb.read_json": (0, "path_or_buffer"),
    **dict.fromkeys(("linecache.getlines", "linecache.getline"), (0, "filename")),
    "fileinput.input": (0, "files"),
    "configparser.ConfigParser().read": (0, "filenames"),
    **dict.fromkeys(("dotenv.load_dotenv", "dotenv.dotenv_values"), (0, "dotenv_path")),
    **dict.fromkeys(("lxml.etree.parse", "xml.etree.ElementTree.parse", "defusedxml.ElementTree.parse"), (0, "source")),
    "xml.dom.minidom.parse": (0, "file"),
    "nbformat.read": (0, "fp"),
    "runpy.run_path": (0, "path_name"),
    "importlib.util.spec_from_file_location": (1, "location"),
    **dict.fromkeys(("git.Repo", "pygit2.Repository"), (0, "path")),
    **dict.fromkeys(("pdf2image.convert_from_path", "fitz.Document", "pymupdf.Document"), (0, "pdf_path")),
    "pdfminer.high_level.extract_text": (0, "pdf_file"),
    "pikepdf.open": (0, "filename_or_stream"),
    "pikepdf.Pdf.open": (0, "filename_or_stream"),
    "camelot.read_pdf": (0, "filepath"),
    "tabula.read_pdf": (0, "input_path"),
    "ebooklib.epub.read_epub": (0, "name"),
    "whisper.load_model().transcribe": (0, "audio"),
    "pytesseract.image_to_string": (0, "image"),
    "mutagen.File": (0, "filething"),
    "pydicom.dcmread": (0, "fp"),
    "nibabel.load": (0, "filename"),
    "trimesh.load": (0, "file_obj"),
    "flask.send_file": (0, "path_or_file"),
    **dict.fromkeys(
        (
            f"fastmcp.{kind}"
            for kind in ("Image", "utilities.types.Image", "utilities.types.File", "utilities.types.Audio")
        ),
        (0, "path"),
    ),
    **dict.fromkeys(("mcp.server.fastmcp.Image", "mcp.server.fastmcp.utilities.types.Image"), (0, "path")),
    "glob.glob": (0, "pathname"),
    "glob.iglob": (0, "pathname"),
}
_FRAMES = {
    "pandas": ("to_csv", "to_excel", "to_json", "to_parquet", "to_pickle", "to_html", "to_feather", "to_hdf", "to_xml"),
    "polars": ("write_csv", "write_parquet", "write_json", "write_ndjson", "write_excel", "write_ipc", "sink_parquet"),
    "matplotlib": ("savefig",),
    "plotly": ("write_html", "write_image", "write_json"),
    "nbformat": (),
}
# Function -> position and name of the path that it writes; a library's objects by their library, as `canonical` does.
WRITERS: dict[str, tuple[int, str]] = {
    **{f"{library}.().{method}": (0, "path_or_buf") for library, methods in _FRAMES.items() for method in methods},
    **dict.fromkeys(("numpy.save", "numpy.savez", "numpy.savez_compressed"), (0, "file")),
    "numpy.savetxt": (0, "fname"),
    "nbformat.write": (1, "fp"),
    "shelve.open": (0, "filename"),
    "dbm.open": (0, "file"),
    **dict.fromkeys(("logging.FileHandler", "logging.handlers.RotatingFileHandler"), (0, "filename")),
    "dotenv.set_key": (0, "dotenv_path"),
    "os.chmod": (0, "path"),
    "os.chown": (0, "path"),
    "os.truncate": (0, "path"),
    "torch.save": (1, "f"),
    "joblib.dump": (1, "filename"),
    "git.Repo.init": (0, "path"),
}
# Of what they read the names alone are told.
LISTED = frozenset({"glob.glob", "glob.iglob"})
# Readers that take an address as well as a path.
READ_ANYWHERE = frozenset(
    name for name in READERS if name.startswith("pandas.") and not name.endswith(("hdf", "spss", "ExcelFile"))
)
_PATHS = frozenset({"path", "file", "filename", "filepath", "folder", "dir", "directory", "dataset", "csv", "workbook"})
_ADDRESSES = frozenset({"url", "uri", "link", "urls", "href", "endpoint", "website", "page", "address"})


def canonical(name: str) -> str:
    """Return the name of a writing method as that of any object of its library: `pandas.().to_csv`."""
    library, _, rest = name.partition(".")
    last = rest.rpartition(".")[2]
    return f"{library}.().{last}" if last in _FRAMES.get(library, ()) else name


def names_path(name: str) -> bool:
    """Tell whether a parameter of this name is meant to be a path, not an address."""
    words = frozenset(name.lower().split("_"))
    return not words.isdisjoint(_PATHS) and words.isdisjoint(_ADDRESSES)
