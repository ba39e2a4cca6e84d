"""Runs clang-tidy, with Clang's thread-safety analysis, over the sources named on standard input.

usage: tidy.py BUILD_DIRECTORY < list

Sources that the build does not know are left out. One that was found clean is not looked at again
until it, a header it includes or the configuration changes (~/.cache/proctor-tidy). Exit status 1
when anything was found.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

CACHE = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache',
                     'proctor-tidy')
OPTIONS = ['--quiet', '--extra-arg=-Wthread-safety', '--extra-arg=-Wno-unknown-warning-option',
           '--checks=clang-diagnostic-thread-safety*']


def without_precompiled(command):
    """The command as if there were no precompiled headers: Clang cannot read GCC's, and they would
    hide what a source forgot to include."""
    words = shlex.split(command)
    if words[0].endswith('ccache'):
        words = words[1:]
    kept = []
    while words:
        word = words.pop(0)
        if word == '-include' and words[0].endswith('cmake_pch.hxx'):
            words.pop(0)
        elif word not in ('-Winvalid-pch', '-fpch-preprocess'):
            kept.append(word)
    return shlex.join(kept)


def preprocessed(entry):
    """What the compiler sees of a source, without the paths of this clone."""
    words = shlex.split(entry['command'])
    output = words.index('-o')
    words = words[:output] + words[output + 2:]
    return subprocess.run(words + ['-E', '-P'], cwd=entry['directory'], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def stamp_of(entry, configuration):
    digest = hashlib.sha256(configuration)
    digest.update(pathlib.Path(entry['file']).read_bytes())
    digest.update(preprocessed(entry))
    return CACHE / digest.hexdigest()


def check(entry, database, configuration):
    """Returns what clang-tidy found, "" for nothing."""
    stamp = stamp_of(entry, configuration)
    if stamp.exists():
        return ''
    run = subprocess.run(['clang-tidy', '-p', database] + OPTIONS + [entry['file']], check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode == 0:
        stamp.touch()
        return ''
    return run.stdout or run.stderr


def main():
    build = sys.argv[1]
    root = os.getcwd() + os.sep
    wanted = {root + line.strip() for line in sys.stdin}
    with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as file:
        entries = [dict(entry, command=without_precompiled(entry['command']))
                   for entry in json.load(file) if entry['file'] in wanted]
    configuration = pathlib.Path('.clang-tidy').read_bytes() + ' '.join(OPTIONS).encode()
    CACHE.mkdir(parents=True, exist_ok=True)
    found = 0
    with tempfile.TemporaryDirectory() as database, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        with open(os.path.join(database, 'compile_commands.json'), 'w', encoding='utf-8') as file:
            json.dump(entries, file)
        results = [pool.submit(check, entry, database, configuration) for entry in entries]
        for done, result in enumerate(concurrent.futures.as_completed(results), 1):
            if result.result():
                found += 1
                print(result.result(), flush=True)
            if done * 10 // len(entries) > (done - 1) * 10 // len(entries):
                print(f'  {done} of {len(entries)} files', flush=True)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
