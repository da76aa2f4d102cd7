#!/usr/bin/env bash
# Makes a Debian 12 machine with Python 3.11 ready for `make demo`; with the argument `test`, also
# for `make test`. Run it as often as you like: what is there already is left alone.
#
# It writes to .local/ and, through apt, where Debian keeps its packages. No daemon is started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly root=$PWD
readonly local_dir=$root/.local
readonly venv=$local_dir/venv
readonly log=$local_dir/setup.log

readonly policy=/usr/sbin/policy-rc.d

say() { printf 'setup: %s\n' "$*"; }

# fail WHAT REMEDY: end with an error.
fail() {
    printf 'setup: error: %s\n       %s\n' "$1" "$2" >&2
    exit 1
}

# run WHAT COMMAND...: do it quietly; when it fails, end with the last lines it printed.
run() {
    local what=$1
    shift
    say "$what"
    if ! "$@" >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        fail "$what: this failed with the lines above, the last of $log" \
            "Check the network and the free disk space, then run it again."
    fi
}

# digest TEXT|FILE...: one checksum of what a step depends on.
digest() { cat "$@" | sha256sum | cut -d ' ' -f 1; }

# is_done STEP DIGEST and mark_done STEP DIGEST: whether a step was done for these very inputs.
is_done() { [ "$(cat "$local_dir/done/$1" 2>/dev/null)" = "$2" ]; }
mark_done() {
    mkdir -p "$local_dir/done"
    printf '%s\n' "$2" >"$local_dir/done/$1"
}

have() { command -v "$1" >/dev/null; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "Debian packages are missing and can only be installed by root" \
            "Run it as root, or install sudo."
    fi
}

refreshed=
refresh() {
    have apt-get ||
        fail "there is no apt-get here" "Use Debian 12, or install Java 17, Maven, Prometheus, \
Alertmanager and clickhouse-server so that they are on PATH."
    if [ -z "$refreshed" ]; then
        run "refreshing Debian's package lists" \
            as_root apt-get -q -o DPkg::Lock::Timeout=300 update
        refreshed=yes
    fi
}

# add PACKAGE...: install them.
add() {
    refresh
    run "installing from Debian: $*" \
        as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
}

# add_without_daemon PACKAGE...: for packages that bring a service of the same name. The service
# neither starts now (policy-rc.d forbids it) nor at the next boot.
add_without_daemon() {
    local ours='' package
    if [ ! -e $policy ]; then
        ours=yes
        trap 'as_root rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod +x $policy
    fi
    add "$@"
    for package in "$@"; do
        run "keeping the service $package switched off" as_root update-rc.d "$package" disable
    done
    if [ -n "$ours" ]; then
        as_root rm -f $policy
        trap - EXIT
    fi
}

set_up_python() {
    local python=${PYTHON:-python3} inputs
    have "$python" || add python3
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$python is older than Python 3.11" "Name a newer one: PYTHON=python3.11 make setup."
    inputs=$(digest requirements.lock pyproject.toml - <<<"$root")
    # An environment knows its own path and Python: one that was moved, or lost them, is made anew.
    if ! { grep -qs "$venv/bin/python" "$venv/bin/pip" && "$venv/bin/python" -c ''; }; then
        "$python" -c 'import ensurepip' 2>/dev/null || add python3-venv
        rm -rf "$venv"
        run "making the virtual environment .local/venv" "$python" -m venv "$venv"
    elif is_done python "$inputs"; then
        return
    fi
    run "installing the locked Python packages" \
        "$venv/bin/python" -m pip --disable-pip-version-check --no-cache-dir --no-input \
        install --only-binary :all: --require-hashes -r requirements.lock
    run "installing the command pulse" \
        "$venv/bin/python" -m pip --disable-pip-version-check --no-cache-dir --no-input \
        install --no-deps --no-build-isolation --no-index -e .
    mark_done python "$inputs"
}

set_up_kafka() {
    local inputs
    have java || add default-jre-headless
    inputs=$(digest deploy/local/pom.xml)
    is_done kafka "$inputs" && return
    have mvn || add maven
    rm -rf "$local_dir/kafka"
    run "fetching Kafka's jars" \
        mvn -q -B --strict-checksums -f deploy/local/pom.xml \
        -Dmaven.repo.local="$local_dir/maven" -DoutputDirectory="$local_dir/kafka/libs" \
        dependency:copy-dependencies
    rm -rf "$local_dir/maven"
    mark_done kafka "$inputs"
}

# Installed for good: Debian's Alertmanager reads its templates, and Prometheus its pages, from
# /usr/share and nowhere else.
set_up_prometheus() {
    local missing=()
    if ! { have prometheus && have promtool; }; then
        missing+=(prometheus)
    fi
    if ! { { have alertmanager || have prometheus-alertmanager; } && have amtool; }; then
        missing+=(prometheus-alertmanager)
    fi
    if [ ${#missing[@]} -gt 0 ]; then
        add_without_daemon "${missing[@]}"
    fi
}

# Halves the time that a broker takes to start, of which the tests start many.
set_up_quick_start() {
    [ -e "$local_dir/kafka/classes.jsa" ] ||
        run "recording Kafka's classes for a quick start" "$venv/bin/python" -m deploy.local.kafka
}

# A database is not installed: it is unpacked into .local/, with those of its libraries that this
# machine lacks.
set_up_clickhouse() {
    local tree=$local_dir/debian/clickhouse-server start=$local_dir/bin/clickhouse-server
    local packages=$local_dir/debian/packages package
    if have clickhouse-server || [ -x "$start" ]; then
        return
    fi
    refresh
    rm -rf "$tree" "$packages"
    mkdir -p "$tree" "$packages/partial" "$local_dir/bin"
    run "downloading clickhouse-server from Debian" \
        apt-get -q -y -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" \
        -o Dir::Cache::archives="$packages" \
        install --download-only --reinstall --no-install-recommends clickhouse-server
    for package in "$packages"/*.deb; do
        dpkg-deb --extract "$package" "$tree"
    done
    rm -rf "$packages"
    cat >"$start" <<'END'
#!/bin/sh
tree=$(dirname "$0")/../debian/clickhouse-server
for libraries in "$tree"/lib/*-linux-gnu "$tree"/usr/lib/*-linux-gnu; do
    LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$libraries
done
export LD_LIBRARY_PATH
exec "$tree/usr/sbin/clickhouse-server" "$@"
END
    chmod +x "$start"
}

case "${1:-}" in
    '' | test | bench) ;;
    *) fail "unknown argument: $1" "Call it without one, or with: test, bench" ;;
esac

[ ! -L "$local_dir" ] ||
    fail ".local is a link: this checkout would rebuild the environment of another" \
        "Delete the link; each checkout has a .local of its own."
mkdir -p "$local_dir"
exec 9>"$local_dir/setup.lock"
flock 9 # a second run waits here until the first is through

set_up_python
set_up_kafka
set_up_prometheus
set_up_quick_start
if [ -n "${1:-}" ]; then
    set_up_clickhouse
    have valgrind || add valgrind
fi
if [ "${1:-}" = test ]; then # the pages of boards are looked at in a browser
    have chromium || add chromium
fi
if [ "${1:-}" = bench ]; then # the peers in Java are built here
    have mvn || add maven
    have javac || add default-jdk-headless
fi
say "ready"
