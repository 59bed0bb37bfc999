#!/usr/bin/env python3
"""Packs the test functions: `pack.py DIR` writes DIR/curve.zip (bootstrap) and DIR/steady.zip (steady_handler.py)."""
import pathlib, sys, zipfile

if len(sys.argv) != 2:
    sys.exit(f"usage: {sys.argv[0]} DIR")
here, target = pathlib.Path(__file__).parent, pathlib.Path(sys.argv[1])
target.mkdir(parents=True, exist_ok=True)
for archive, member in (("curve.zip", "bootstrap"), ("steady.zip", "steady_handler.py")):
    with zipfile.ZipFile(target / archive, "w", zipfile.ZIP_DEFLATED) as packed:
        # The fixed default date keeps CodeSha256 the same from run to run.
        entry = zipfile.ZipInfo(member)
        entry.external_attr = 0o100755 << 16
        packed.writestr(entry, (here / member).read_bytes())
