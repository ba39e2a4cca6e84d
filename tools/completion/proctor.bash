# bash completion for proctor. Source it, or install it as
# /usr/share/bash-completion/completions/proctor.
#
# Commands and options are read from `proctor --help` and job ids from `proctor ps --json`, so that
# this file cannot fall behind the program.

# The words of the "Subcommands:" list.
_proctor_commands() {
  "$1" --help 2>/dev/null | sed -n '/^Subcommands:/,$s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# The options of a command, or of the program itself when none is named.
_proctor_options() {
  local program=$1 command=$2
  "$program" ${command:+"$command"} --help 2>/dev/null |
    sed -n 's/^  \(-[^ ]*\).*/\1/p' | tr ',' '\n'
}

# Whether the option of a command takes a value: its help names a type after it.
_proctor_takes_value() {
  local program=$1 command=$2 option=$3
  "$program" ${command:+"$command"} --help 2>/dev/null |
    sed -n 's/^  \(-[^ ]*\) \([A-Z][^ ]*\).*/\1/p' | tr ',' '\n' | grep -qxe "$option"
}

# Job ids that a command can do something with.
_proctor_jobs() {
  local program=$1 command=$2 agent=$3 filter=()
  case $command in
    kill | signal) ;;
    rm) filter=(--state finished --state lost) ;;
    *) filter=(--all) ;;
  esac
  timeout 2 "$program" ${agent:+--agent "$agent"} ps --json "${filter[@]}" 2>/dev/null |
    sed -n 's/^{"jobId":"\([a-z0-9]*\)".*/\1/p'
}

_proctor() {
  local program=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' agent='' i word
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    case $word in
      --agent) agent=${COMP_WORDS[++i]} ;;
      --)
        # What follows is a command line of its own.
        if [[ $command == run || $command == launch ]]; then
          _proctor_command_line $((i + 1))
          return
        fi
        ;;
      -*)
        if [[ -n $command ]] && ((i + 1 < COMP_CWORD)) &&
          _proctor_takes_value "$program" "$command" "$word"; then
          ((++i))
        fi
        ;;
      *)
        if [[ -z $command ]]; then
          command=$word
        elif [[ $command == run || $command == launch ]]; then
          _proctor_command_line "$i"
          return
        fi
        ;;
    esac
  done

  case $prev in
    --agent | --password-file | --stdin | --stdout | --stderr | --executable)
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      compopt -o filenames
      return
      ;;
    -C | --cwd)
      mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      compopt -o filenames
      return
      ;;
    -e | --env | --unset-env)
      mapfile -t COMPREPLY < <(compgen -v -- "$cur")
      return
      ;;
    --share | --unshare)
      mapfile -t COMPREPLY < <({ compgen -u -P user: -- "${cur#user:}"
        compgen -g -P group: -- "${cur#group:}"; } | grep -F -- "$cur")
      return
      ;;
    --owner | --run-as)
      mapfile -t COMPREPLY < <(compgen -u -- "$cur")
      return
      ;;
    --kill-signal | --signal | -s)
      mapfile -t COMPREPLY < <(compgen -A signal -- "$cur")
      return
      ;;
    --state)
      mapfile -t COMPREPLY < <(compgen -W 'created running draining finished lost' -- "$cur")
      return
      ;;
    --to)
      mapfile -t COMPREPLY < <(compgen -W 'main group tree' -- "$cur")
      return
      ;;
    --on-caller-gone)
      mapfile -t COMPREPLY < <(compgen -W 'keep kill' -- "$cur")
      return
      ;;
  esac
  if [[ -n $command && $prev == -* ]] && _proctor_takes_value "$program" "$command" "$prev"; then
    return
  fi

  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_proctor_options "$program" "$command")" -- "$cur")
    return
  fi
  case $command in
    '') mapfile -t COMPREPLY < <(compgen -W "$(_proctor_commands "$program")" -- "$cur") ;;
    run | launch) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
    signal)
      if [[ $prev == signal ]]; then
        mapfile -t COMPREPLY < <(compgen -A signal -- "$cur")
      else
        mapfile -t COMPREPLY < <(compgen -W "$(_proctor_jobs "$program" "$command" "$agent")" -- "$cur")
      fi
      ;;
    wait | kill | logs | inspect | rm | update)
      mapfile -t COMPREPLY < <(compgen -W "$(_proctor_jobs "$program" "$command" "$agent")" -- "$cur")
      ;;
  esac
}

# The command to run begins at word number $1.
_proctor_command_line() {
  if declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif ((COMP_CWORD == $1)); then
    mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
    compopt -o filenames 2>/dev/null
  fi
}

complete -F _proctor proctor
