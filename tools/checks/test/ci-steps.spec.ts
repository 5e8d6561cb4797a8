import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ci = resolve(import.meta.dirname, '../../../.ci');

/** Runs lines of bash as a script that has sourced the steps. */
function run(script: string) {
  const { status, stdout, stderr } = spawnSync('bash', ['-uo', 'pipefail', '-c', `. "${ci}/steps.sh"\n${script}`], {
    encoding: 'utf8',
  });
  return { status, said: stdout, fault: stderr };
}

describe('a step under a time limit', () => {
  it('is a program, or a function that calls others and sees what is exported', () => {
    const functions = 'inner() { echo "$word $1 of $#"; }\nouter() { inner "$@" && return 3; }\nexport word=good';
    expect(run('within 10 echo a "b  c"')).toMatchObject({ status: 0, said: 'a b  c\n' });
    expect(run(`${functions}\nwithin 10 outer "x  y" z`)).toMatchObject({ status: 3, said: 'good x  y of 2\n' });
  });

  it('fails where a function fails inside a pipe, or reads what nobody set', () => {
    expect(run('piped() { false | cat; }\nwithin 10 piped')).toMatchObject({ status: 1 });
    expect(run('secret=1\nreads() { echo "$secret"; }\nwithin 10 reads')).toMatchObject({ said: '' });
    expect(run('secret=1\nreads() { echo "$secret"; }\nwithin 10 reads').status).not.toBe(0);
  });

  it('is ended when its time is over, a function with all that it has started', () => {
    expect(run('hangs() { sleep 600 | cat; }\nwithin 0.2 hangs')).toMatchObject({ status: 124 });
  });

  it('is tried twice, with a word between', () => {
    const flaky =
      'tried=$(mktemp -u); export tried\nflaky() { [ -e "$tried" ] || { touch "$tried"; return 1; }; echo well; }';
    expect(run(`${flaky}\ntwice 10 flaky; code=$?; rm "$tried"; exit $code`)).toMatchObject({
      status: 0,
      said: 'failed, once more: flaky\nwell\n',
    });
    expect(run('twice 10 false')).toMatchObject({ status: 1, said: 'failed, once more: false\n' });
  });

  it.each(['run', 'steps.sh', 'bare'])('in .ci/%s no other way gives `timeout` a function', (file) => {
    const text = readFileSync(join(ci, file), 'utf8');
    const functions = [...text.matchAll(/^(\w+)\(\) \{/gm)].map(([, name]) => name);
    const timed = [...text.matchAll(/\btimeout(?: --?\S+)* [\d.]+ (\S+)/g)].map(([, command]) => command);
    expect(timed.filter((command) => functions.includes(command))).toEqual([]);
  });
});

describe('the end of a run', () => {
  it('has a line for the time of each step, also of one that failed, and what a step has set stays', () => {
    const script = `times=$(mktemp); sets() { word=kept; }; fails() { return 4; }
      step 'sets a word' sets; step fails fails; echo "$? $word"; (took beside 75); cat "$times"; rm "$times"`;
    expect(run(script).said).toMatch(/^4 kept\nsets a word +\d+ s\nfails +\d+ s\nbeside +75 s\n$/);
  });

  it('adds what each part has counted; a part that came to no end has failed', () => {
    const script = `cd "$(mktemp -d)"
      printf 'x\n1 passed, 0 failed, 0 skipped\n40 passed, 1 failed, 2 skipped\nmake: Error\n' > one
      printf '7 passed, 0 failed, 1 skipped\n' > two; : > empty
      for each in one two empty missing; do sum_of "$each"; done | add_sums; rm -r "$PWD"`;
    expect(run(script)).toMatchObject({ status: 0, said: '47 passed, 3 failed, 3 skipped\n' });
  });
});

it('a run on a bare machine hides nothing from the machine itself', () => {
  const outside = spawnSync('bash', [join(ci, 'bare'), '--hidden'], { cwd: join(ci, '..'), encoding: 'utf8' });
  expect(outside).toMatchObject({ status: 64, stdout: '' });
});
