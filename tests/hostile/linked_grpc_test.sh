#!/bin/bash
# The patched units of gRPC fit the archive that they are linked with, and are in every program.
#
# usage: linked_grpc_test.sh COMPARE ARCHIVE OBJECTS PROGRAMS
set -euo pipefail
compare=$1 archive=$2 objects=$3 programs=$4
if [[ -z $objects ]]; then
  printf 'skipped: needs the patched units of gRPC\n'
  exit 77
fi

"$compare" "$archive" "$objects/unpatched" || exit 1
if "$compare" "$archive" "$objects" 2>/dev/null; then
  printf 'the comparison finds no difference where there is one\n'
  exit 1
fi

status=0
for program in "$programs"/*; do
  [[ -f $program && -x $program ]] || continue
  if readelf -d "$program" 2>/dev/null | grep -q 'NEEDED.*libgrpc'; then
    printf '%s links a shared gRPC\n' "$program"
    status=1
  fi
  if grep -q _ZN9grpc_core11HPackParser10BeginFrame "$program" &&
    ! grep -q _ZN9grpc_core11HPackParser13ContinueFrame "$program"; then
    printf '%s links the unpatched gRPC\n' "$program"
    status=1
  fi
done
exit "$status"
