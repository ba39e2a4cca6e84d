#!/bin/bash
# completion_test.sh PROCTOR COMPLETION: asks the completion what it would offer.
set -u
program=$1
# shellcheck source=/dev/null
. "$2"
# shellcheck disable=SC2317
compopt() { :; }  # Works only inside a real completion.
failures=0

# offers WORD... -- EXPECTED...: all of EXPECTED are among what is offered for the last WORD.
offers() {
  local expected
  COMP_WORDS=("$program")
  while [[ $1 != -- ]]; do
    COMP_WORDS+=("${1/#@@/--}")
    shift
  done
  shift
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _proctor
  for expected; do
    if ! printf '%s\n' "${COMPREPLY[@]}" | grep -qxFe "$expected"; then
      echo "FAILED: ${COMP_WORDS[*]:1}: no $expected among: ${COMPREPLY[*]}"
      ((++failures))
    fi
  done
}

offers '' -- run launch wait kill signal ps logs inspect watch update rm whoami info
offers 'in' -- info inspect
offers run '@@ti' -- --timeout
offers run '@@' -- --stdout --agent --json --verbose
offers kill '@@' -- --grace --now
offers logs '-' -- -f --follow --stderr --offset
offers ps '@@state' '' -- running finished
offers kill -s 'SIGTE' -- SIGTERM
offers signal 'SIGUSR' -- SIGUSR1 SIGUSR2
offers run @@timeout 5s @@ 'tru' -- true
offers @@json '' -- run ps
offers run @@on-caller-gone 'k' -- keep kill
offers update '@@' -- --label --remove-label --retention --share --unshare
offers launch @@run-as 'roo' -- root
offers update @@share 'user:roo' -- user:root
offers update @@unshare 'group:daem' -- group:daemon

# With an option's value before it, the word is still the program to run.
offers run @@timeout 5s 'tru' -- true

((failures == 0)) && echo "completion: all offers as expected"
exit $((failures > 0))
