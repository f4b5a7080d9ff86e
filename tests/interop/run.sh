#!/usr/bin/env bash
# Runs software that nobody here wrote against `tenantproof serve`. Installs it from the registries first, into target/interop.
# Needs cargo, Node 20.19 or newer with npm, Python 3.11 or newer, and Chromium, which it installs where it may (Debian, root).
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() { printf 'interop: %s\n' "$*" >&2; exit 1; }
# Runs a command, and prints what it said only where it fails.
quietly() {
  local log=$1; shift
  "$@" > "$log" 2>&1 || { tail -n 20 "$log" >&2; fail "\`$1 $2\` failed; all it said is in $log"; }
}

mkdir -p "${CARGO_TARGET_DIR:-target}/interop"
place=$(cd "${CARGO_TARGET_DIR:-target}/interop" && pwd)
tenantproof=$place/../debug/tenantproof
export TENANTPROOF=$tenantproof
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
# The servers are here, whatever proxy leads elsewhere.
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
  || fail "Node 20.19 or newer is needed"
command -v npm > /dev/null || fail "npm is needed"
command -v jq > /dev/null && command -v openssl > /dev/null && command -v curl > /dev/null || fail "curl, jq and openssl are needed"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed"
if [ ! -x "$CHROMIUM" ]; then
  { [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; } || fail "no Chromium at $CHROMIUM: install it, or say in CHROMIUM where it is"
  quietly "$place/apt.log" apt-get update
  quietly "$place/apt.log" apt-get install --yes --no-install-recommends chromium
  [ -x "$CHROMIUM" ] || fail "apt-get put no Chromium at $CHROMIUM"
fi

# Scripts are run where their packages are, so that nothing is installed into the sources.
cp tests/interop/{*.mjs,*.py,*.json,.npmrc,requirements.txt} "$place"
install_npm() {
  cmp -s "$place/package-lock.json" "$place/npm.done" && return
  quietly "$place/npm.log" npm --prefix "$place" ci --ignore-scripts --loglevel=error
  cp "$place/package-lock.json" "$place/npm.done"
}
install_python() {
  cmp -s "$place/requirements.txt" "$place/python.done" && return
  quietly "$place/python.log" python3 -m venv --clear "$place/python"
  quietly "$place/python.log" "$place/python/bin/pip" install --no-compile --no-deps --only-binary :all: --disable-pip-version-check \
    --requirement "$place/requirements.txt"
  cp "$place/requirements.txt" "$place/python.done"
}
install_npm & npm=$!
install_python & python=$!
cargo build --quiet || fail "tenantproof does not build"
wait "$npm" && wait "$python" || exit 1

# Each script gets servers of its own, and says each step; the first that goes wrong ends the run. DEFECT switches one on.
against() {
  local profile=$1; shift
  printf '%s, profile %s\n' "$(basename "${*: -1}")" "$profile"
  (cd "$place" && PROFILE=$profile timeout 120 "$tenantproof" serve --profile "$profile" ${DEFECT:+--defect "$DEFECT"} -- "$@") \
    || fail "$(basename "${*: -1}") failed under profile $profile"
}
against oracle node openid_client.mjs
against rfc node openid_client.mjs
against oracle node chromium.mjs
against oracle node postman.mjs
DEFECT=assertion.audience.elsewhere against oracle node report.mjs
against oracle python/bin/python oci_sdk.py
