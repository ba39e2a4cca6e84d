"""Runs clang-tidy, with Clang's thread-safety analysis, over the sources named on standard input.

usage: tidy.py BUILD_DIRECTORY < list

Sources that the build does not know are left out. One that was found clean is not looked at again
until it, a header it includes or the configuration changes (~/.cache/proctor-tidy): the files that it
was made of are compared first, and what the compiler sees of them when one of them differs. Exit
status 1 when anything was found.
"""

import concurrent.futures
import functools
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


def in_tree(file):
    """The name of a file that every clone of the tree has for it; the system's keep theirs."""
    path = os.path.abspath(file)
    return os.path.relpath(path) if path.startswith(os.getcwd() + os.sep) else path


def preprocessed(entry):
    """What the compiler sees of a source, without the paths of this clone, and the files it read."""
    words = shlex.split(entry['command'])
    output = words.index('-o')
    words = [word for word in words[:output] + words[output + 2:] if word != '-MD']
    with tempfile.NamedTemporaryFile() as rule:
        text = subprocess.run(words + ['-E', '-P', '-MD', '-MT', 'x', '-MF', rule.name],
                              cwd=entry['directory'], check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout
        files = rule.read().decode().replace('\\\n', ' ').split()[1:]
    return text, [in_tree(os.path.join(entry['directory'], file)) for file in files]


@functools.lru_cache(maxsize=None)
def digest_of(file):
    """Of a file's content; "" when there is no such file."""
    try:
        return hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()
    except OSError:
        return ''


def stamp_of(entry, configuration, *contents):
    digest = hashlib.sha256(configuration)
    digest.update(in_tree(entry['file']).encode())
    for content in contents:
        digest.update(content)
    return CACHE / digest.hexdigest()


def is_unchanged(manifest):
    try:
        files = json.loads(manifest.read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return False
    return all(digest_of(file) == digest for file, digest in files.items())


def check(entry, database, configuration):
    """Returns what clang-tidy found, "" for nothing."""
    manifest = stamp_of(entry, configuration)
    if is_unchanged(manifest):
        return ''
    text, files = preprocessed(entry)
    stamp = stamp_of(entry, configuration, pathlib.Path(entry['file']).read_bytes(), text)
    if not stamp.exists():
        run = subprocess.run(['clang-tidy-14', '-p', database] + OPTIONS + [entry['file']], check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            return run.stdout or run.stderr
        stamp.touch()
    manifest.write_text(json.dumps({file: digest_of(file) for file in files}), encoding='utf-8')
    return ''


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
