# shellcheck shell=sh
# Makes `.venv` from uv.lock, and makes it again only when something changed. Sourced by the other scripts, from the
# root of the checkout. Needs Python 3.11 to 3.14 and the network; everything else is fetched.
#
#   make_environment run         what the product needs; packages that are there already stay
#   make_environment test        exactly that and the tools of its development
#   make_environment mutation    that and mutmut; for an ENVIRONMENT of its own
#   with_uv COMMAND ...          uv itself, for this environment

UV=
UV_VERSION=0.13.9
ENVIRONMENT="$(pwd -P)/.venv"

make_environment() {
    mkdir -p var
    lock_environment
    if ! environment_is_whole; then rm -rf "$ENVIRONMENT"; fi
    find_python
    if ! environment_is_current "$1"; then
        echo "Making the Python environment in $ENVIRONMENT (the first time may take a minute) ..."
        sync_environment "$1"
        environment_stamp "$1" > "$ENVIRONMENT/made-for-$1"
    fi
    unlock_environment
}

# Two starts at once: the second waits, and then finds everything made.
lock_environment() {
    exec 9> var/environment.lock
    if command -v flock > /dev/null; then flock 9; fi
}

unlock_environment() {
    exec 9>&-
}

# An environment whose Python is gone, or whose commands name another place, is not repaired but made anew.
environment_is_whole() {
    "$ENVIRONMENT/bin/python" -c '' 2> /dev/null && grep -qF "'$ENVIRONMENT'" "$ENVIRONMENT/bin/activate"
}

# Sets PYTHON. The environment's own comes first, so that another Python earlier on PATH does not make it anew; a name on
# PATH may be a shim with nothing behind it, so each candidate is run.
find_python() {
    for candidate in "$ENVIRONMENT/bin/python" python3 python3.14 python3.13 python3.12 python3.11 \
        /usr/bin/python3 /usr/local/bin/python3 /opt/homebrew/bin/python3; do
        if PYTHON=$("$candidate" -c "$SUITABLE_PYTHON" 2> /dev/null); then return; fi
    done
    fail "Python 3.11, 3.12, 3.13 or 3.14 is needed, and none was found on PATH." \
        "Debian, Ubuntu: apt install python3      macOS: brew install python"
}

SUITABLE_PYTHON='
import sys
if not (3, 11) <= sys.version_info[:2] < (3, 15):
    sys.exit(1)
print(sys.executable)
'

# A test environment serves a run as well.
environment_is_current() {
    [ "$PYTHON" = "$ENVIRONMENT/bin/python" ] || return 1
    has_stamp "$1" || { [ "$1" = run ] && has_stamp test; }
}

has_stamp() {
    [ "$(cat "$ENVIRONMENT/made-for-$1" 2> /dev/null)" = "$(environment_stamp "$1")" ]
}

# What an environment depends on. Its place is written into its commands, so a moved checkout counts as changed.
environment_stamp() {
    "$PYTHON" -c '
import hashlib, pathlib, platform, sys
digest = hashlib.sha256(repr([sys.argv[1:], platform.python_version(), platform.machine()]).encode())
for name in ("uv.lock", "pyproject.toml"):
    digest.update(pathlib.Path(name).read_bytes())
print(digest.hexdigest())
' "$1" "$ENVIRONMENT"
}

# Sets UV: the one on PATH if it is recent, else a pinned one of our own.
find_uv() {
    if [ -n "$UV" ]; then return; fi
    if uv_is_recent uv; then UV=$(command -v uv); return; fi
    UV="$PWD/var/tools/bin/uv"
    if uv_is_recent "$UV"; then return; fi
    echo "Fetching uv $UV_VERSION ..."
    rm -rf var/tools
    fetch_uv || fail "uv $UV_VERSION, which installs everything else, could not be fetched. Is the network there?" \
        "If the lines above speak of ensurepip, install it (Debian, Ubuntu: apt install python3-venv)." \
        "Or install uv yourself: https://docs.astral.sh/uv/getting-started/installation/"
}

uv_is_recent() {
    version=$("$1" --version 2> /dev/null) || return 1
    "$PYTHON" -c '
import re, sys
numbers = re.search(r"\d+\.\d+", sys.argv[1])
sys.exit(not numbers or tuple(map(int, numbers[0].split("."))) < (0, 13))
' "$version"
}

# Debian and Ubuntu ship a Python without pip and ensurepip. PyPI is then asked directly.
fetch_uv() {
    if "$PYTHON" -c 'import ensurepip' 2> /dev/null; then
        "$PYTHON" -m venv var/tools && var/tools/bin/python -m pip --disable-pip-version-check install --quiet "uv==$UV_VERSION"
    else
        "$PYTHON" scripts/fetch_uv.py "$UV_VERSION" "$UV"
    fi
}

sync_environment() {
    rm -f "$ENVIRONMENT"/made-for-*
    case $1 in
        run) with_uv sync --locked --no-dev --inexact --python "$PYTHON" ;;
        test) with_uv sync --locked --python "$PYTHON" ;;
        mutation) with_uv sync --locked --group mutation --python "$PYTHON" ;;
    esac || fail "The Python environment could not be made; the lines above say why."
}

# Python without compiled files starts three times slower: they are made here, and PYTHONDONTWRITEBYTECODE is dropped.
unset PYTHONDONTWRITEBYTECODE

with_uv() {
    find_uv
    (
        unset VIRTUAL_ENV
        if ! cache_is_writable; then export UV_CACHE_DIR="${UV_CACHE_DIR:-$PWD/var/cache/uv}"; fi
        # Trust what the machine trusts, where it says so: a proxy may sign for PyPI.
        if [ -e /etc/ssl/certs/ca-certificates.crt ]; then export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"; fi
        UV_PROJECT_ENVIRONMENT="$ENVIRONMENT" UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 "$UV" --quiet "$@"
    )
}

cache_is_writable() {
    [ -n "${XDG_CACHE_HOME:-${HOME:-}}" ] || return 1
    cache="${XDG_CACHE_HOME:-$HOME/.cache}"
    mkdir -p "$cache" 2> /dev/null && [ -w "$cache" ]
}

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}
