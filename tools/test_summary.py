"""Sums up the JUnit files of several ctest runs.

usage: test_summary.py [--allow-empty] [--native] STAGE=FILE.xml[+AGAIN.xml]…
       [STAGE=ok|failed|late|needs …]

Prints a row for every stage, the tests that failed with the first that they said of it, the tests
that were skipped with their reason (those that need a real Windows by themselves, under the name of
what they need), those that were run AGAIN, the stages that were left out, and as the last line "N
passed, N failed, N skipped", followed by how many of them are native only. The second run of a test
replaces its first. Exit status 1 when anything failed. A file without tests is a failure unless
--allow-empty is given; a test that was skipped as native only is one with --native, which says that
this is Windows itself.
"""

import collections
import re
import sys
import xml.etree.ElementTree

Stage = collections.namedtuple('Stage', 'name passed failed skipped seconds')
Skip = collections.namedtuple('Skip', 'stage test reason')
# The words of PROCTOR_REQUIRES_WINDOWS; what follows names the capability.
NATIVE_ONLY = 'native only: '
LATE = 'needs more time than --minutes left'

# What XML 1.0 cannot hold; ctest passes a test's output through.
INVALID = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd]')


def skip_reason(output):
    """GoogleTest's message, or the last line of a script that exited with its skip code."""
    match = re.search(r': Skipped\r?\n(.*)', output)
    lines = match.group(1) if match else output.strip().rpartition('\n')[2]
    return lines.strip() or 'no reason given'


def failure_lines(output):
    """The first failure that GoogleTest tells, or the last lines of a program that tells none."""
    lines = [line.rstrip()[:300] for line in output.splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines)
                  if re.search(r': Failure$|^(FAIL|ERROR): ', line)), None)
    return lines[-4:] if first is None else lines[first:first + 6]


def read_cases(path):
    """Returns the test cases of a JUnit file by their names."""
    with open(path, encoding='utf-8', errors='replace') as file:
        root = xml.etree.ElementTree.fromstring(INVALID.sub('?', file.read()))
    return {case.get('name'): case for case in root.iter('testcase')}


def read_stage(name, path, again=''):
    """Returns (Stage, outputs of failed tests by their names, Skips) of one JUnit file; the tests of a
    second one, if there is one, replace the first one's."""
    cases = read_cases(path)
    if again:
        cases.update(read_cases(again))
    passed, failed, skipped, seconds = 0, {}, [], 0.0
    for case in cases.values():
        output = case.findtext('system-out', '')
        seconds += float(case.get('time', 0))
        if case.find('failure') is not None or case.get('status') == 'fail':
            failed[case.get('name')] = output
        elif case.get('status') == 'run':
            passed += 1
        elif (case.find('skipped') is not None and
              'SKIP_R' in case.find('skipped').get('message', '')):
            skipped.append(Skip(name, case.get('name'), skip_reason(output)))
        else:  # Not built, or a fixture it needs is missing: nobody decided to leave it out.
            failed[case.get('name')] = output
    return Stage(name, passed, len(failed), len(skipped), seconds), failed, skipped


def read_all(arguments, allow_empty):
    stages, failures, skips, retries = [], [], [], []
    for argument in arguments:
        name, _, source = argument.partition('=')
        if source == 'late' or source.startswith('needs '):
            stages.append(Stage(name, 0, 0, 1, 0.0))
            skips.append(Skip(name, 'the stage itself', LATE if source == 'late' else source))
            continue
        if source in ('ok', 'failed'):
            bad = source == 'failed'
            stages.append(Stage(name, 0 if bad else 1, 1 if bad else 0, 0, 0.0))
            if bad:
                failures.append((name, 'the stage itself; see above', ''))
            continue
        path, _, again = source.partition('+')
        try:
            stage, failed, skipped = read_stage(name, path, again)
            retries += [(name, test, test not in failed)
                        for test in (read_cases(again) if again else ())]
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            stage, failed, skipped = Stage(name, 0, 1, 0, 0.0), {f'no test report: {error}': ''}, []
        if not allow_empty and stage.passed + stage.failed + stage.skipped == 0:
            stage, failed = stage._replace(failed=1), {'no test was found': ''}
        stages.append(stage)
        failures += [(name, test, output) for test, output in failed.items()]
        skips += skipped
    return stages, failures, skips, retries


def main():
    arguments = sys.argv[1:]
    options = {argument for argument in arguments if argument.startswith('--')}
    stages, failures, skips, retries = read_all(
        [argument for argument in arguments if argument not in options],
        '--allow-empty' in options)
    if '--native' in options:
        failures += [(skip.stage, skip.test + ': skipped, on Windows itself', '')
                     for skip in skips if skip.reason.startswith(NATIVE_ONLY)]
    width = max([len(stage.name) for stage in stages] + [5])
    print(f'\n{"stage":<{width}}  passed  failed  skipped  test time')
    for stage in stages:
        print(f'{stage.name:<{width}}  {stage.passed:6}  {stage.failed:6}  {stage.skipped:7}'
              f'  {stage.seconds:7.1f} s')
    native = [skip for skip in skips if skip.reason.startswith(NATIVE_ONLY)]
    for title, some in (('skipped', [skip for skip in skips if skip not in native]),
                        ('native only, skipped without a real Windows', native)):
        if some:
            print(f'\n{title}:')
        for skip in some:
            print(f'  {skip.stage}  {skip.test}: {skip.reason.removeprefix(NATIVE_ONLY)}')
    if failures:
        print('\nfailed:')
        for stage, test, output in failures:
            print(f'  {stage}  {test}')
            for line in failure_lines(output):
                print(f'    | {line}')
    if retries:
        print(f'\n{len(retries)} run again, which Wine loses now and then (tests/wine_losses.txt):')
        for stage, test, passed in retries:
            print(f'  {stage}  {test}: {"passed" if passed else "failed"}')
    late = [skip.stage for skip in skips if skip.reason == LATE]
    if late:
        print(f'\nleft out, for want of time: {", ".join(late)}')
    print(f'\n{sum(stage.passed for stage in stages)} passed, {len(failures)} failed, '
          f'{len(skips)} skipped' + (f' ({len(native)} native only)' if native else ''))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
