# Shared by the scripts: where we are, how we speak, how something missing is installed.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s\n' "$*"; }
fail() { printf '\nscript: %s\n' "$*" >&2; exit 1; }

need_rust() {
    command -v cargo >/dev/null || fail "Rust is missing: install it from https://rustup.rs"
}

# as_root COMMAND…: directly, or through sudo when that asks for no password.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# need_package PROGRAM PACKAGE: installs a Debian package unless the program is there.
need_package() {
    [ -n "$(find_program "$1")" ] && return
    say "installing $2 ($1 is missing)"
    command -v apt-get >/dev/null || fail "$1 is missing and there is no apt-get: install $2 by hand"
    as_root true 2>/dev/null || fail "$1 is missing and this user may not install: install $2 by hand"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" >/dev/null ||
        fail "apt-get could not install $2: install it by hand"
    [ -n "$(find_program "$1")" ] || fail "$2 was installed and $1 is still missing"
}

# PostgreSQL's server programs are not on the path in Debian.
find_program() {
    command -v "$1" 2>/dev/null || find /usr/lib/postgresql -path "*/bin/$1" 2>/dev/null | sort | tail -n 1
}
