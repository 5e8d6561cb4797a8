import { type LuaScript, type RunOptions, luaScript, outsideBudget, withRedisBudget } from '@nestfleet/redis';
import { StateError } from '../errors.ts';
import { LUA } from '../lua.generated.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';

/** SpreadKey is where a record lies in both layouts. */
export interface SpreadKey {
  /** In layout 1: on the one slot of its tag. */
  readonly single: string;
  /** In layout 2: on one of many. */
  readonly spread: string;
  /** So long after the switch one of layout 1 may be there; Infinity for what stays, 0 where it does not matter. */
  readonly lastsMs: number;
  /** Its expiry is a whole multiple of this. */
  readonly endsEveryMs?: number;
}

/** SpreadScript is one operation in both layouts. */
export interface SpreadScript {
  readonly single: LuaScript;
  readonly spread: LuaScript;
  /** Of one that only reads: what layout 1 has, once that changes no more. */
  readonly frozen?: LuaScript;
}

export const spreadScript = (name: string, source: string): SpreadScript => ({
  single: luaScript(name, LUA['layout-guard'] + source),
  spread: luaScript(name, LUA['layout-look'] + source),
});

/** `spreadReadScript` is for what changes nothing: it is answered also by a Redis that takes no copy now. */
export const spreadReadScript = (name: string, source: string): SpreadScript => ({
  ...spreadScript(name, source),
  frozen: luaScript(name, source),
});

const readScript = luaScript('read-records', LUA['read-records']);
const copyScript = luaScript('copy-records', LUA['copy-records']);
const switchScript = luaScript('switch-layout', LUA['switch-layout']);
/** Answers what any script on layout 1 would. */
const whichScript = luaScript('which-layout', `${LUA['layout-guard']}return false\n`);

/** A Redis that lost the switch, as after FLUSHALL, gets it again in this time. */
const ASK_AGAIN_MS = 5_000;

export interface SpreadParts {
  readonly commands: RedisCommands;
  /** Of layout 1's slot, so that a script there sees it in its own step. */
  readonly switchKey: string;
  readonly kind: 'text' | 'hash';
  /** Has layout 2 hold; else it is followed where it does. */
  readonly wanted: boolean;
  /** How long after it was asked for layout 2 holds. */
  readonly switchAfterMs: number;
  readonly budgetMs: number;
}

/** SpreadRecords are records of which layout 1 has all on one slot and layout 2 spreads. */
export interface SpreadRecords {
  /** Runs a script where its records are: at first in layout 1, and in layout 2 from the moment on in which that is said to hold. */
  run(
    script: SpreadScript,
    keys: readonly SpreadKey[],
    args: readonly (string | number)[],
    options?: RunOptions,
  ): Promise<unknown>;
  /** Has layout 2 hold, where it is wanted. */
  ask(): Promise<void>;
  /** Learns whether layout 2 holds, so that no request has to. */
  learn(): Promise<void>;
  /** Whether this process has found layout 2 to hold, and less than so long ago. */
  movedWithin(ms: number): boolean;
}

/**
 * spreadRecords follows the switch. All who write layout 1 ask it in the step of their write, so there is one moment from which
 * on layout 1 changes no more. What layout 2 lacks is then copied, by whoever needs it first, and never over what is there.
 */
export function spreadRecords(parts: SpreadParts): SpreadRecords {
  const { commands, switchKey, kind, wanted, switchAfterMs, budgetMs } = parts;
  let sinceMs: number | undefined;
  let knownAtMs = 0;
  let askedAtMs = -Infinity;

  async function ask(): Promise<void> {
    if (!wanted && sinceMs === undefined) return;
    askedAtMs = performance.now();
    await commands.script(switchScript, [switchKey], [switchAfterMs, sinceMs ?? 0], IDEMPOTENT);
  }

  function askNowAndThen(): void {
    if ((!wanted && sinceMs === undefined) || performance.now() - askedAtMs < ASK_AGAIN_MS) return;
    // A refusal or an outage is told by the work itself.
    outsideBudget(() => ask()).catch(() => undefined);
  }

  async function copy(keys: readonly SpreadKey[]): Promise<void> {
    const single = keys.map((key) => key.single);
    const records = (await commands.script(readScript, single, [kind], IDEMPOTENT)) as (RecordReply | null)[];
    if (records.every((record) => record === null)) return;
    const args = records.flatMap((record, at) => {
      const [endsMs = 0, ...values] = record ?? [];
      return [roundTo(endsMs, keys[at]?.endsEveryMs), values.length, ...values];
    });
    await commands.script(
      copyScript,
      keys.map(({ spread }) => spread),
      [kind, ...args],
      IDEMPOTENT,
    );
  }

  async function runSpread(heldSinceMs: number, ...[script, keys, args, options]: Parameters<SpreadRecords['run']>) {
    const spread = keys.map((key) => key.spread);
    const lasts = keys.map(({ lastsMs }) => Math.min(heldSinceMs + lastsMs, Number.MAX_SAFE_INTEGER));
    const reply = await commands.script(script.spread, spread, [...args, ...lasts], options);
    if (!isReply(reply, 'look')) return reply;
    try {
      await copy(keys);
    } catch (error) {
      if (script.frozen === undefined || !isRefusal(error)) throw error;
      const single = keys.map((key) => key.single);
      return commands.script(script.frozen, single, args, options);
    }
    return commands.script(script.spread, spread, [...args, ...keys.map(() => 0)], options);
  }

  /** Since when layout 2 holds, where a script on layout 1 answered that it does. */
  function movedSince(reply: unknown): number | undefined {
    if (!isReply(reply, 'moved')) return undefined;
    sinceMs = Number(reply[1]);
    knownAtMs = performance.now();
    return sinceMs;
  }

  return {
    ask,
    async learn() {
      if (sinceMs === undefined) movedSince(await commands.script(whichScript, [switchKey], [], IDEMPOTENT));
    },
    movedWithin: (ms) => sinceMs !== undefined && performance.now() - knownAtMs < ms,
    async run(...work) {
      askNowAndThen();
      let heldSinceMs = sinceMs;
      if (heldSinceMs === undefined) {
        const [script, keys, args, options] = work;
        const reply = await commands.script(
          script.single,
          [...keys.map(({ single }) => single), switchKey],
          args,
          options,
        );
        heldSinceMs = movedSince(reply);
        if (heldSinceMs === undefined) return reply;
      }
      const sinceThenMs = heldSinceMs;
      return withRedisBudget(budgetMs, () => runSpread(sinceThenMs, ...work));
    },
  };
}

/** When it expires, then its values. */
type RecordReply = [number, ...string[]];

const isReply = (reply: unknown, word: string): reply is unknown[] => Array.isArray(reply) && reply[0] === word;

const isRefusal = (error: unknown): boolean => error instanceof StateError && error.code === 'state_writes_refused';

/** An expiry is read as what is left of it, which may be a few milliseconds off. */
const roundTo = (endsMs: number, everyMs: number | undefined): number =>
  everyMs === undefined ? endsMs : Math.round(endsMs / everyMs) * everyMs;
