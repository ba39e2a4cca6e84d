# Sourced by the tools that compile something from Debian's source packages: fetches, verifies and
# unpacks them. apt verifies what it fetches by the signatures of the archives.
# shellcheck shell=bash
#
# The caller sets
#   APT       a directory for an apt configuration of its own, made on first use
#   WORK      a directory for downloads
#   PATCHES   the directory of our patches, PACKAGE-*.patch
#   VERSIONS  by package: the upstream version; Debian's revision may be any

apt_options() {
  printf '%s\n' -o "Dir::Etc::SourceList=$APT/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o "Dir::State::Lists=$APT/lists" -o "Dir::Cache=$APT/cache" -o APT::Sandbox::User=root
}

# Source packages are rarely enabled: an apt configuration of its own, made of the machine's Debian
# archives, leaves the system's alone.
prepare_apt() {
  [[ ! -e $APT/ready ]] || return 0
  mkdir -p "$APT/lists/partial" "$APT/cache/archives/partial"
  # shellcheck disable=SC2016  # apt's own variables.
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' \
    'Identifier: Packages' 'Origin: Debian' | sort -u |
    sed 's|^|deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] |' >"$APT/sources.list"
  [[ -s $APT/sources.list ]] || die "apt names no Debian archive; run apt-get update"
  mapfile -t options < <(apt_options)
  apt-get -qq "${options[@]}" update
  touch "$APT/ready"
}

# candidates PACKAGE UPSTREAM: the versions on offer, newest first.
candidates() {
  mapfile -t options < <(apt_options)
  apt-cache "${options[@]}" showsrc "$1" | sed -n 's/^Version: //p' | sort -ruV |
    grep -E "^([0-9]+:)?${2//./\\.}[.+~-]" || true
}

# unpack PACKAGE DIRECTORY: a source can be gone from the archive when its binary is newer, so the
# next older one serves.
unpack() {
  local package=$1 directory=$2 version
  [[ ! -e $directory/.unpacked ]] || return 0
  prepare_apt
  mapfile -t options < <(apt_options)
  rm -rf "$directory"
  for version in $(candidates "$package" "${VERSIONS[$package]}"); do
    rm -rf "$WORK/fetch" && mkdir -p "$WORK/fetch"
    if (cd "$WORK/fetch" && apt-get -qq "${options[@]}" source --download-only "$package=$version") &&
      dpkg-source --no-check -x "$WORK"/fetch/*.dsc "$directory" >/dev/null; then
      rm -rf "$WORK/fetch"
      apply_patches "$package" "$directory"
      touch "$directory/.unpacked"
      return
    fi
    say "$package $version is not to be had"
  done
  die "no source of $package ${VERSIONS[$package]} in the archives"
}

# apply_patches LIBRARY DIRECTORY: ours, each of which says why.
apply_patches() {
  local patch
  for patch in "$PATCHES/$1"-*.patch; do
    [[ -e $patch ]] || continue
    patch -d "$2" -p1 --fuzz=0 <"$patch" || die "$patch does not apply"
  done
}
