import { describe, expect, it } from '@jest/globals';
import { shellCommands } from './shell-lines.ts';

const commandsIn = (text: string): string[] => shellCommands(text).map(({ words }) => words.join(' '));

describe('shellCommands', () => {
  it.each([
    ['make up # again', ['make up']],
    ['A=1 B=2 node x.js &', ['node x.js']],
    ['nx build a && npm pack ./dist/a', ['nx build a', 'npm pack ./dist/a']],
    ['# only words', []],
    [`curl -d '{"a":"b;c"}' "http://x/?a=1&b=2"`, [`curl -d '{"a":"b;c"}' "http://x/?a=1&b=2"`]],
    ["dc='docker compose -f a'\n$dc up", ['docker compose -f a up']],
    ['old=$(docker ps -q)', ['docker ps -q']],
    ['for id in $old; do docker stop "$id" && docker rm "$id"; done', ['docker stop "$id"', 'docker rm "$id"']],
  ])('%s', (text, commands) => {
    expect(commandsIn(text)).toEqual(commands);
  });

  it('names the variables of each, and its line', () => {
    expect(shellCommands('\nA=1 B=2 make up')).toEqual([{ words: ['make', 'up'], variables: ['A', 'B'], line: 1 }]);
  });
});
