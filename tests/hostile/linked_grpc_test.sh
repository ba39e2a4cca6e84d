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
  # What Debian's units have, and what only ours do.
  while read -r theirs ours; do
    if grep -q "$theirs" "$program" && ! grep -q "$ours" "$program"; then
      printf '%s links the unpatched gRPC: it has no %s\n' "$program" "$ours"
      status=1
    fi
  done <<'END'
_ZN9grpc_core11HPackParser10BeginFrame _ZN9grpc_core11HPackParser13ContinueFrame
_Z25grpc_chttp2_cancel_stream _ZZL16worth_cancelling
END
done
exit "$status"
