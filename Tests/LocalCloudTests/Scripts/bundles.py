"""Bundles as they should not be, and reading them."""
import io
import stat
import zipfile

from support import *

s3 = client("s3")


def bundle(entries):
    """A zip of texts by name; ("link", target) makes a symbolic link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zip:
        for name, text in entries.items():
            info = zipfile.ZipInfo(name)
            mode = 0o755 if name.endswith(".sh") else 0o644
            if isinstance(text, tuple):
                text, mode = text[1], stat.S_IFLNK | 0o777
            info.external_attr = mode << 16
            zip.writestr(info, text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def bomb(megabytes=200):
    """A small zip of a large file of zeros."""
    return bundle({"zeros": bytes(megabytes << 20)})


def files_of(data):
    """All names and contents of a zip as one run of bytes; other bytes as they are."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as zip:
            return b"".join(name.encode() + zip.read(name) for name in zip.namelist())
    except zipfile.BadZipFile:
        return data
