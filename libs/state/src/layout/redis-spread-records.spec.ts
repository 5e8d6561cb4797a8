import { describe, expect, it } from '@jest/globals';
import { StateError, type StateErrorCode } from '../errors.ts';
import type { RedisCommands } from '../redis-commands.ts';
import { type SpreadKey, spreadReadScript, spreadRecords, spreadScript } from './redis-spread-records.ts';

const script = spreadScript('work', 'return 1');
const readScript = spreadReadScript('work', 'return 1');
const key: SpreadKey = { single: 'nf:{c}:k', spread: 'nf:{c7}:k', lastsMs: 1_000, endsEveryMs: 100 };

interface Sent {
  readonly name: string;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** A store that answers each script by its name and its keys, with a fault where that is one, and tells what it was sent. */
function store(replies: Readonly<Record<string, unknown[]>>, wanted = false) {
  const sent: Sent[] = [];
  const commands = {
    script: async ({ name }: { name: string }, keys: readonly string[], args: readonly (string | number)[]) => {
      sent.push({ name, keys, args });
      const { [`${name} ${keys[0]}`]: left } = replies;
      const reply = left?.shift();
      if (reply instanceof Error) throw reply;
      return reply;
    },
  } as unknown as RedisCommands;
  const records = spreadRecords({
    commands,
    switchKey: 'nf:{c}:layout',
    kind: 'text',
    wanted,
    switchAfterMs: 10,
    budgetMs: 500,
  });
  return { records, sent, run: (of = script) => records.run(of, [key], ['a']) };
}

/** One that takes no copy, for this reason. */
const refusing = (code: StateErrorCode) =>
  store({
    'work nf:{c}:k': [['moved', '5000'], 'as it was'],
    'work nf:{c7}:k': [['look']],
    'read-records nf:{c}:k': [[[0, '41']]],
    'copy-records nf:{c7}:k': [new StateError(code, 'no copy')],
  });

describe('spreadRecords', () => {
  it('works in layout 1, together with the switch, until that says that layout 2 holds', async () => {
    const { records, sent, run } = store({
      'work nf:{c}:k': ['one', ['moved', '5000']],
      'work nf:{c7}:k': ['two', 'three'],
    });
    expect([await run(), records.movedWithin(60_000)]).toEqual(['one', false]);
    expect([await run(), records.movedWithin(60_000)]).toEqual(['two', true]);
    expect(records.movedWithin(0)).toBe(false);
    const single = { name: 'work', keys: ['nf:{c}:k', 'nf:{c}:layout'], args: ['a'] };
    const spread = { name: 'work', keys: ['nf:{c7}:k'], args: ['a', 6_000] };
    expect(sent).toEqual([single, single, spread]);
    // It is not asked for again: a switch does not go back.
    expect(await run()).toBe('three');
    expect(sent.slice(3)).toEqual([{ name: 'switch-layout', keys: ['nf:{c}:layout'], args: [10, 5_000] }, spread]);
  });

  it('learns that layout 2 holds before there is work, and works there at once', async () => {
    const moved = store({ 'which-layout nf:{c}:layout': [['moved', '5000']], 'work nf:{c7}:k': ['two'] });
    await moved.records.learn();
    await moved.records.learn();
    expect(await moved.run()).toBe('two');
    // Nothing of layout 1: only whether the switch is still there.
    expect(moved.sent.map(({ name }) => name)).toEqual(['which-layout', 'switch-layout', 'work']);
    const first = store({ 'which-layout nf:{c}:layout': [null], 'work nf:{c}:k': ['one'] });
    await first.records.learn();
    expect(await first.run()).toBe('one');
  });

  it('copies what layout 2 lacks, with its end, before it works', async () => {
    const { sent, run } = store({
      'work nf:{c}:k': [['moved', '5000']],
      'work nf:{c7}:k': [['look'], 'done'],
      'read-records nf:{c}:k': [[[5_697, '41']]],
    });
    expect(await run()).toBe('done');
    expect(sent.slice(2)).toEqual([
      { name: 'read-records', keys: ['nf:{c}:k'], args: ['text'] },
      { name: 'copy-records', keys: ['nf:{c7}:k'], args: ['text', 5_700, 1, '41'] },
      { name: 'work', keys: ['nf:{c7}:k'], args: ['a', 0] },
    ]);
  });

  it('copies nothing of a key that layout 1 does not have either', async () => {
    const { sent, run } = store({
      'work nf:{c}:k': [['moved', '5000']],
      'work nf:{c7}:k': [['look'], 'done'],
      'read-records nf:{c}:k': [[null]],
    });
    expect(await run()).toBe('done');
    expect(sent.slice(2).map(({ name }) => name)).toEqual(['read-records', 'work']);
  });

  it('reads what layout 1 has where the copy is refused, and nothing else does so', async () => {
    const { run, sent } = refusing('state_writes_refused');
    expect(await run(readScript)).toBe('as it was');
    expect(sent.at(-1)).toEqual({ name: 'work', keys: ['nf:{c}:k'], args: ['a'] });
    await expect(refusing('state_writes_refused').run()).rejects.toThrow('no copy');
    await expect(refusing('state_unavailable').run(readScript)).rejects.toThrow('no copy');
  });

  it('has layout 2 hold only where that is wanted', async () => {
    const quiet = store({ 'work nf:{c}:k': ['one'] });
    await quiet.records.ask();
    await quiet.run();
    expect(quiet.sent.map(({ name }) => name)).toEqual(['work']);
    const asking = store({ 'work nf:{c}:k': ['one', 'one'] }, true);
    await asking.run();
    await asking.run();
    expect(asking.sent.map(({ name }) => name)).toEqual(['switch-layout', 'work', 'work']);
  });
});
