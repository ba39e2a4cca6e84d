# Sourced by the tools: says which step of how many is running, and how far a build is.
# shellcheck shell=bash

# The caller sets STEPS_TOTAL.
STEPS_DONE=0
STEPS_TOTAL=${STEPS_TOTAL:-1}

if [[ -t 1 ]]; then
  readonly BOLD=$'\e[1m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
  readonly BOLD='' RED='' PLAIN=''
fi

# The cache serves every clone of the tree, wherever it lies.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
# What ccache asks for with precompiled headers; nothing here is compiled with the time in it.
export CCACHE_SLOPPINESS=pch_defines,time_macros
# What was hashed once is known by its inode and times: precompiled headers have hundreds of megabytes.
export CCACHE_INODECACHE=1
# What a file includes is known from the compiler: no second run of the preprocessor.
export CCACHE_DEPEND=1

# The names of the steps, and when each began, in seconds since the start.
STEP_NAMES=()
STEP_STARTS=()

step() {
  STEPS_DONE=$((STEPS_DONE + 1))
  STEP_NAMES+=("$*")
  STEP_STARTS+=("$SECONDS")
  printf '%s[%d/%d] %s%s\n' "$BOLD" "$STEPS_DONE" "$STEPS_TOTAL" "$*" "$PLAIN"
}

# How long each stage took, and each of its steps: the stage is what stands before the colon.
show_times() {
  local i stage shown='' ends=("${STEP_STARTS[@]:1}" "$SECONDS")
  local -A totals=()
  for i in "${!STEP_NAMES[@]}"; do
    stage=${STEP_NAMES[i]%%:*}
    totals[$stage]=$((${totals[$stage]:-0} + ends[i] - STEP_STARTS[i]))
  done
  printf '\n'
  for i in "${!STEP_NAMES[@]}"; do
    stage=${STEP_NAMES[i]%%:*}
    [[ $stage == "$shown" ]] || printf '  %5d s  %s\n' "${totals[$stage]}" "$stage"
    shown=$stage
    [[ ${STEP_NAMES[i]} != *:* ]] ||
      printf '  %13d s  %s\n' $((ends[i] - STEP_STARTS[i])) "${STEP_NAMES[i]#*: }"
  done
  printf '  %5d s  in all\n' "$SECONDS"
}

# The number of the Debian release that this is; nothing for another system.
debian_release() {
  # shellcheck disable=SC1091
  (. /etc/os-release && [[ $ID == debian ]] && printf '%s\n' "${VERSION_ID%%.*}") || true
}

say() { printf '  %s\n' "$*"; }

die() {
  printf '%s%s: %s%s\n' "$RED" "${0##*/}" "$*" "$PLAIN" >&2
  exit 1
}

# configure_preset PRESET [OPTION…]: configures build/PRESET; shows cmake's output only when it fails.
configure_preset() {
  local preset=$1 log
  log=$(mktemp)
  if ! cmake --preset "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    die "cmake could not configure the preset $preset"
  fi
  rm -f "$log"
}

# pending_steps PRESET TARGET…: how many files ninja has to make.
pending_steps() {
  local preset=$1
  shift
  ninja -C "build/$preset" -n "$@" | grep -c '^\[' || true
}

# build_targets PRESET TARGET…: builds with a line for every tenth of the way, or ninja's own
# running line on a terminal. Compiler messages are shown as they come.
build_targets() {
  local preset=$1
  shift
  if [[ -t 1 ]]; then
    NINJA_STATUS='  [%f/%t] ' ninja -C "build/$preset" -j "$(nproc)" "$@" ||
      die "the build of $preset failed"
    return
  fi
  NINJA_STATUS='@%f/%t ' ninja -C "build/$preset" -j "$(nproc)" "$@" | show_build ||
    die "the build of $preset failed"
}

# Not awk: Debian's reads a pipe in blocks, and the tenths would come minutes late.
show_build() {
  local line shown=0
  while IFS= read -r line; do
    if [[ $line =~ ^@([0-9]+)/([0-9]+)\  ]]; then
      show_tenth "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" files
    elif [[ $line != 'ninja: '* ]]; then
      printf '%s\n' "$line"
    fi
  done
}

# show_tenth DONE TOTAL WHAT: a line when another tenth is done; the caller has `shown`.
show_tenth() {
  local tenth=$((10 * $1 / $2))
  ((tenth > shown)) || return 0
  shown=$tenth
  printf '  %d of %d %s\n' "$1" "$2" "$3"
}
