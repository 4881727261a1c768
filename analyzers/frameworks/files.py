"""Calls that open, change or list files, which of their arguments are paths, and how paths are made."""

import re2

from analyzers.frameworks import sinks
from analyzers.frameworks.data_files import LISTED, READERS, WRITERS

RECEIVER = -1
FIRST: tuple[tuple[int, str], ...] = ((0, "file"), (0, "path"))

_PATH_METHODS = (
    *("read_text", "read_bytes", "write_text", "write_bytes", "open", "unlink", "rmdir", "mkdir", "touch", "iterdir"),
    *("glob", "rglob"),
)
_TELETHON = ("telethon.TelegramClient()", "telethon.sync.TelegramClient()")
_FIRST_ARGUMENT = {
    "builtins.open": "file",
    "io.open": "file",
    "aiofiles.open": "file",
    "anyio.open_file": "file",
    "codecs.open": "filename",
    "os.open": "path",
    "os.remove": "path",
    "os.unlink": "path",
    "os.rmdir": "path",
    "os.removedirs": "name",
    "os.makedirs": "name",
    "os.mkdir": "path",
    "os.listdir": "path",
    "os.walk": "top",
    "os.scandir": "path",
    "shutil.rmtree": "path",
    "aiofiles.os.remove": "path",
    "aiofiles.os.makedirs": "name",
    "gzip.open": "filename",
    "zipfile.ZipFile": "file",
    "tarfile.open": "name",
    "sqlite3.connect": "database",
    "openpyxl.load_workbook": "filename",
    "docx.Document": "docx",
    "pptx.Presentation": "pptx",
    "PIL.Image.open": "fp",
    "pypdf.PdfReader": "stream",
    "PyPDF2.PdfReader": "stream",
    "fitz.open": "filename",
    "pymupdf.open": "filename",
    "starlette.responses.FileResponse": "path",
    "fastapi.responses.FileResponse": "path",
    "torch.load": "f",
    "joblib.load": "filename",
    "numpy.load": "file",
    "zipfile.ZipFile().extractall": "path",
    "openpyxl.Workbook().save": "filename",
    "openpyxl.load_workbook().save": "filename",
    "docx.Document().save": "path_or_stream",
    "pptx.Presentation().save": "file",
    "PIL.Image.open().save": "fp",
    "PIL.Image.new().save": "fp",
    "cv2.imread": "filename",
    "cv2.imwrite": "filename",
    "pdfplumber.open": "path_or_fp",
    "docx2txt.process": "docx",
    "pydub.AudioSegment.from_file": "file",
    "soundfile.read": "file",
    "librosa.load": "path",
    "xlsxwriter.Workbook": "filename",
    "xlrd.open_workbook": "filename",
    "h5py.File": "name",
    "pyshark.FileCapture": "input_file",
    "scapy.all.rdpcap": "filename",
    "scapy.all.wrpcap": "filename",
    "matplotlib.pyplot.savefig": "fname",
    "reportlab.pdfgen.canvas.Canvas": "filename",
    "discord.File": "fp",
    "googleapiclient.http.MediaFileUpload": "filename",
    **{f"{client}.upload_file": "file" for client in _TELETHON},
}
# What a client sends of a file, or saves to one: function -> position and name of the path.
_SENT = {
    **{f"{client}.{method}": (1, "file") for client in _TELETHON for method in ("send_file", "download_media")},
    **{f"{client}.download_profile_photo": (1, "file") for client in _TELETHON},
    "boto3.client().upload_file": (0, "Filename"),
    "boto3.client().download_file": (2, "Filename"),
    "boto3.resource().Bucket().upload_file": (0, "Filename"),
    "boto3.resource().Bucket().download_file": (1, "Filename"),
    "minio.Minio().fput_object": (2, "file_path"),
    "minio.Minio().fget_object": (2, "file_path"),
    "google.cloud.storage.Client().bucket().blob().upload_from_filename": (0, "filename"),
    "google.cloud.storage.Client().bucket().blob().download_to_filename": (0, "filename"),
    "paramiko.SSHClient().open_sftp().put": (0, "localpath"),
    "paramiko.SSHClient().open_sftp().get": (1, "localpath"),
    "slack_sdk.WebClient().files_upload_v2": (-2, "file"),
    "slack_sdk.web.async_client.AsyncWebClient().files_upload_v2": (-2, "file"),
    "jira.JIRA().add_attachment": (1, "attachment"),
    "atlassian.Confluence().attach_file": (0, "filename"),
    "atlassian.Jira().add_attachment": (1, "filename"),
}
# Those of a folder that is their owner's own, a repository's: an absolute path that leads out is refused, `..` is not.
WITHIN = {f"git.Repo().index.{method}": (0, "items") for method in ("add", "remove", "move")}
_TWO_ARGUMENTS = {
    **dict.fromkeys(("os.rename", "os.replace", "shutil.move", "shutil.copy", "shutil.copy2"), ("src", "dst")),
    "shutil.unpack_archive": ("filename", "extract_dir"),
    **dict.fromkeys(("shutil.copyfile", "shutil.copytree", "os.symlink", "os.link"), ("src", "dst")),
}

# What writes the members of an archive under the names that they have there, unless it is told to filter them: the
# position of the folder that it is given. The members of a zip file lose what leads out.
UNPACKERS = {
    f"tarfile.{made}().{method}": position
    for made in ("open", "TarFile")
    for method, position in (("extractall", 0), ("extract", 1))
}
FILTER = "filter"

# Function -> its arguments that are paths, as (position, keyword); -1 is what the method is called on.
PATHS: dict[str, tuple[tuple[int, str], ...]] = {
    **{name: ((0, keyword),) for name, keyword in _FIRST_ARGUMENT.items()},
    **{name: ((0, source), (1, target)) for name, (source, target) in _TWO_ARGUMENTS.items()},
    **{name: (argument,) for name, argument in (*_SENT.items(), *READERS.items(), *WRITERS.items())},
    **{f"pathlib.Path().{name}": ((RECEIVER, ""),) for name in _PATH_METHODS},
    **{name: ((position, "path"), (RECEIVER, "")) for name, position in UNPACKERS.items()},
    **{
        f"pathlib.Path().{name}": ((RECEIVER, ""), (0, "target"))
        for name in ("rename", "replace", "symlink_to", "hardlink_to")
    },
    "shutil.make_archive": ((0, "base_name"), (2, "root_dir")),
}

# What a call does where its name says it, for functions that have no other entry.
KINDS = {
    "codecs.open": "read-private",
    "aiofiles.os.remove": "destroy",
    "aiofiles.os.makedirs": "write",
    "gzip.open": "read-private",
    "zipfile.ZipFile": "read-private",
    "tarfile.open": "read-private",
    "sqlite3.connect": "read-private",
    "openpyxl.load_workbook": "read-private",
    "docx.Document": "read-private",
    "pptx.Presentation": "read-private",
    "PIL.Image.open": "read-private",
    "pypdf.PdfReader": "read-private",
    "PyPDF2.PdfReader": "read-private",
    "fitz.open": "read-private",
    "pymupdf.open": "read-private",
    "starlette.responses.FileResponse": "read-private",
    "fastapi.responses.FileResponse": "read-private",
    "torch.load": "read-private",
    "joblib.load": "read-private",
    "numpy.load": "read-private",
    "zipfile.ZipFile().extractall": "write",
    **dict.fromkeys(UNPACKERS, "write"),
    "shutil.unpack_archive": "write",
    "openpyxl.Workbook().save": "write",
    "openpyxl.load_workbook().save": "write",
    "docx.Document().save": "write",
    "pptx.Presentation().save": "write",
    "PIL.Image.open().save": "write",
    "PIL.Image.new().save": "write",
    **dict.fromkeys(("pdfplumber.open", "docx2txt.process", "soundfile.read", "librosa.load"), "read-private"),
    **dict.fromkeys(("pydub.AudioSegment.from_file", "cv2.imread", "xlrd.open_workbook"), "read-private"),
    **dict.fromkeys(("pyshark.FileCapture", "scapy.all.rdpcap", "discord.File"), "read-private"),
    "googleapiclient.http.MediaFileUpload": "read-private",
    **{f"{client}.upload_file": "write" for client in _TELETHON},
    **dict.fromkeys(("cv2.imwrite", "xlsxwriter.Workbook", "h5py.File", "scapy.all.wrpcap"), "write"),
    **dict.fromkeys(("matplotlib.pyplot.savefig", "reportlab.pdfgen.canvas.Canvas"), "write"),
    **dict.fromkeys((*_SENT, *WITHIN), "write"),
    **dict.fromkeys(("shutil.copy2", "shutil.make_archive"), "write"),
    **dict.fromkeys(("pathlib.Path().symlink_to", "pathlib.Path().hardlink_to"), "write"),
    "shutil.copytree": "write",
    "os.symlink": "write",
    "os.link": "write",
    "pathlib.Path().touch": "write",
    "pathlib.Path().replace": "write",
    "pathlib.Path().rglob": "read-private",
}

# Calls that change nothing where the place is of the server's own choosing: it is there before, or empty.
FOLDER_REMOVERS = frozenset({"os.rmdir", "os.removedirs", "pathlib.Path().rmdir"})
PLACE_MAKERS = FOLDER_REMOVERS | {"os.mkdir", "os.makedirs", "pathlib.Path().mkdir", "pathlib.Path().touch"}
# What counts where a caller has a part in the path.
WHERE_CHOSEN = PLACE_MAKERS | ({*READERS, *WRITERS} - {*sinks.SINKS})

# Calls that tell names alone, and those that read nothing but pictures or sound.
LISTINGS = frozenset(
    {
        *("os.listdir", "os.walk", "os.scandir", "pathlib.Path().iterdir", "pathlib.Path().glob"),
        *("pathlib.Path().rglob", *LISTED),
    }
)
MEDIA_READERS = frozenset(
    {"PIL.Image.open", "cv2.imread", "pydub.AudioSegment.from_file", "soundfile.read", "librosa.load"}
)

# Calls that give a path without `..` and links: by function, and by method of a path.
RESOLVERS = frozenset({"os.path.realpath", "os.path.abspath", "os.path.normpath"})
# What moves every `..` of a relative path to its beginning, and keeps it relative.
NORMALIZERS = frozenset({"os.path.normpath", "posixpath.normpath"})
RESOLVING_METHODS = frozenset({"resolve", "absolute"})
# `absolute` keeps `..`; of the functions only `realpath` follows links.
KEEPS_DOTS = frozenset({"absolute"})
# Calls that leave nothing but one name of a path.
NAMES = frozenset(
    {
        *("os.path.basename", "ntpath.basename", "posixpath.basename", "werkzeug.utils.secure_filename"),
        *("pathvalidate.sanitize_filename", "slugify.slugify", "django.utils.text.get_valid_filename"),
    }
)
# Calls that divide a path into what comes before its ending, and that.
SPLITTERS = frozenset({"os.path.splitext", "posixpath.splitext", "ntpath.splitext"})
NAME_ATTRIBUTES = frozenset({"name", "stem", "suffix"})
# The root of a path: of several on a machine there is one on POSIX.
ROOT_ATTRIBUTES = frozenset({"anchor", "drive", "root"})
# Calls whose result is the path that they were given.
SAME = frozenset({"os.fspath", "os.path.expanduser", "os.path.expandvars", "pathlib.Path", "pathlib.PurePath"})
SAME_METHODS = frozenset({"expanduser", "with_suffix", "as_posix", "absolute", "resolve", "__str__"})
# Calls that put another name in place of a path's last one.
NAMING_METHODS = frozenset({"with_name", "with_stem"})
JOINS = frozenset({"os.path.join", "posixpath.join"})
# Calls that say where relative paths begin, by what such a folder is written as.
STARTS = {"os.getcwd": ".", "pathlib.Path.cwd": ".", "pathlib.Path.home": "~"}
# Folders of a system, of its users and of secrets, as lists of forbidden ones name them.
FORBIDDEN_FOLDERS = re2.compile(
    r"^(?:/(?:etc|root|proc|sys|dev|boot|bin|sbin|usr|var|home|System|Library)(?:/|$)|[A-Za-z]:[\\/]+(?:Windows|Program)"
    r"|(?:.*/)?\.(?:ssh|aws|gnupg|kube)(?:/|$))"
)
