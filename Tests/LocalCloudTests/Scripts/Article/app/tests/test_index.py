import re
from pathlib import Path


def test_title():
    assert re.search(r"awscicd demo app — v\d+", Path("index.html").read_text(encoding="utf-8"))
