const words = (text: string): string[] => text.trim().split(/\s+/);

/** Each with the fewest arguments that it takes: from Redis 8 on `acl_check_cmd` counts them. */
const WRITES = words(`
  DEL/1 UNLINK/1 RENAME/2 PERSIST/1 PEXPIRE/2 PEXPIREAT/2 SET/2 INCR/1 INCRBY/2
  HSET/3 HSETNX/3 HMSET/3 HDEL/2 HINCRBY/3 SADD/2 SREM/2
  LPUSH/2 RPUSH/2 LPOP/1 RPOP/1 LREM/3 LSET/3 LTRIM/3 RPOPLPUSH/2
  ZADD/3 ZREM/2 ZPOPMIN/1 ZREMRANGEBYRANK/3 ZREMRANGEBYSCORE/3 XADD/4 XDEL/2 XTRIM/3
`);
const READS = words(`
  EXISTS/1 TYPE/1 PTTL/1 TIME/0 GET/1 HGET/2 HMGET/2 HGETALL/1 HEXISTS/2 HLEN/1 SCARD/1 SISMEMBER/2 SMEMBERS/1
  LLEN/1 LINDEX/2 LRANGE/3 LPOS/2 XLEN/1 XRANGE/3 XREAD/3
  ZCARD/1 ZCOUNT/3 ZLEXCOUNT/3 ZRANGE/3 ZRANGEBYLEX/3 ZRANGEBYSCORE/3 ZREVRANGE/3 ZREVRANGEBYSCORE/3 ZSCORE/2
`);
const all = [...WRITES, ...READS].map((text) => {
  const [name = '', count = ''] = text.split('/');
  return { name, count: Number(count), kind: WRITES.includes(text) ? ('writes' as const) : ('reads' as const) };
});

/** SCRIPT_COMMANDS are the commands of scripts, and whether they write. */
export const SCRIPT_COMMANDS: ReadonlyMap<string, 'writes' | 'reads'> = new Map(
  all.map(({ name, kind }) => [name, kind]),
);
const argumentCounts = new Map(all.map(({ name, count }) => [name, count]));

/** Where a script that first reads has its check; all others have it before their first line. */
const MARK = '-- It writes from here on.\n';
const spelt = /(['"])([A-Z]+)\1/g;
const repeats = /\b(?:for|while|repeat)\b/;

/** The commands that a script spells, in its order. */
const commandsOf = (source: string): readonly string[] =>
  [...source.matchAll(spelt)].flatMap(([, , name = '']) => (SCRIPT_COMMANDS.has(name) ? [name] : []));

/**
 * checkedScript lets a script write all or nothing for a user who lacks one of its commands. Redis looks at permissions at each
 * command of a script, so that one which is denied would leave what the ones before it wrote. The reply is NOPERM, as of a
 * command alone. A script with one write needs no check, and a Redis before 7 has none.
 */
export function checkedScript(source: string): string {
  const commands = commandsOf(source);
  const writes = commands.filter((name) => SCRIPT_COMMANDS.get(name) === 'writes').length;
  if (writes === 0 || (writes === 1 && !repeats.test(source))) return source;
  const check = checkOf([...new Set(commands)]);
  return source.includes(MARK) ? source.replaceAll(MARK, () => `${check}\n`) : `${check} ${source}`;
}

/**
 * On one line, so that lines of errors stay those of the script. The key in place of each argument, for a command that takes two. Spelt
 * out, because a loop and its table cost as much again.
 */
function checkOf(commands: readonly string[]): string {
  const lacks = commands.map((name) => `not may(${argumentsOf(name)}) and "${name}"`).join(' or ');
  const denial = `redis.error_reply("NOPERM this user has no permissions to run the '"..lacked:lower().."' command of a script")`;
  return `do local may,k=redis.acl_check_cmd,KEYS[1] local lacked=may and (${lacks}) if lacked then return ${denial} end end`;
}

const argumentsOf = (name: string): string =>
  name === 'XREAD'
    ? '"XREAD","STREAMS",k,"0"'
    : [`"${name}"`, ...Array.from({ length: argumentCounts.get(name) ?? 0 }, () => 'k')].join(',');
