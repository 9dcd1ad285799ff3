# What the scripts here share; they source it. Sets `root`, the repository, and `jobs`, how many compilers run at once.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}

# Debian packages that a build with tests and examples needs.
build_packages=(g++ cmake ninja-build libeigen3-dev libxtensor-dev libxsimd-dev libfmt-dev nlohmann-json3-dev
                catch2 zlib1g-dev libpng-dev libjpeg-dev libopenmpi-dev openmpi-bin)

# say TEXT...: what the scripts themselves have to say, apart from what the programs they run print.
say() { printf '== %s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

packages_changed=false

# need_packages PACKAGE...: installs those that are missing, or says why it can't and ends the script.
need_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian system: these packages, or their like, must be there: $*"
    return
  fi
  local missing=() package installed
  installed=$(dpkg-query -W -f '${db:Status-Status}:${Package}\n' "$@" 2>/dev/null || true)  # a line each, some not-installed
  for package in "$@"; do
    grep -qxF "installed:$package" <<<"$installed" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
      as_root=(sudo)
    else
      printf 'error: these packages are missing: %s\n' "${missing[*]}" >&2
      printf 'Neither root nor sudo is to be had here. Have them installed, then run this again:\n' >&2
      printf '  apt-get update && apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
      exit 1
    fi
  fi
  say "installing ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update </dev/null || say "the package lists could not all be brought up to date; going on with those at hand"
  if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null; then
    fail "apt-get could not install ${missing[*]}"
  fi
  packages_changed=true
}

# build PRESET [TARGET...]: builds what is out of date; configures first where that was not done yet, or not with the
# packages that are there now.
build() {
  local preset=$1
  shift
  local folder=$root/build/$preset
  if $packages_changed || [ ! -f "$folder/build.ninja" ]; then
    say "configuring $folder"
    (cd "$root" && cmake --preset "$preset") || fail "CMake could not configure $folder"
  fi
  say "building $folder${*:+: $*}"
  cmake --build "$folder" --parallel "$jobs" ${@:+--target "$@"} || fail "the build failed"
}

# run_tests PRESET [ARGUMENT...]: runs ctest, which ends with its summary.
run_tests() {
  local preset=$1
  shift
  ctest --test-dir "$root/build/$preset" --output-on-failure --no-tests=error --parallel "$jobs" "$@"
}
