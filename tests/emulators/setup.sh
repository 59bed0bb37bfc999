#!/bin/sh
# Makes the virtual environment DIR with the pinned emulators of requirements.txt.
#   tests/emulators/setup.sh DIR
# Says nothing and returns at once when DIR already holds them.
# Exit codes: 0 ready, 2 wrong call, 3 python3 or python3-venv missing, 4 installation failed.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 DIR (the folder of the virtual environment)" >&2
    exit 2
fi
dir=$1
requirements=$(dirname "$0")/requirements.txt
stamp=$dir/requirements.installed

if [ -x "$dir/bin/python" ] && cmp -s "$requirements" "$stamp"; then
    exit 0
fi
if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "python3 (3.10 or newer) with venv is missing (apt-get install python3 python3-venv)" >&2
    exit 3
fi
python3 -m venv --clear "$dir"
if ! "$dir/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2; then
    echo "the emulators could not be installed into $dir (is PyPI reachable?)" >&2
    exit 4
fi
# Written last, so that an interrupted installation starts again.
cp "$requirements" "$stamp"
