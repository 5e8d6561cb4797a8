const words = (text: string): string[] => text.trim().split(/\s+/);
const WRITES = words(`
  DEL UNLINK RENAME PERSIST PEXPIRE PEXPIREAT SET INCR INCRBY HSET HSETNX HMSET HDEL HINCRBY SADD SREM
  LPUSH RPUSH LPOP RPOP LREM LSET LTRIM RPOPLPUSH
  ZADD ZREM ZPOPMIN ZREMRANGEBYRANK ZREMRANGEBYSCORE XADD XDEL XTRIM
`);
const READS = words(`
  EXISTS TYPE PTTL TIME GET HGET HMGET HGETALL HEXISTS HLEN SCARD SISMEMBER SMEMBERS
  LLEN LINDEX LRANGE LPOS XLEN XRANGE XREAD
  ZCARD ZCOUNT ZLEXCOUNT ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZREVRANGE ZREVRANGEBYSCORE ZSCORE
`);
/** SCRIPT_COMMANDS are the commands of scripts, and whether they write. */
export const SCRIPT_COMMANDS: ReadonlyMap<string, 'writes' | 'reads'> = new Map([
  ...WRITES.map((name) => [name, 'writes'] as const),
  ...READS.map((name) => [name, 'reads'] as const),
]);

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
 * On one line, so that lines of errors stay those of the script. The key twice, for a command that takes two: Redis does not
 * count the arguments here. Spelt out, because a loop and its table cost as much again.
 */
function checkOf(commands: readonly string[]): string {
  const may = commands.map((name) => `may("${name}",KEYS[1],KEYS[1])`).join(' and ');
  const names = commands.map((name) => `"${name}"`).join(',');
  const denial = `redis.error_reply("NOPERM this user has no permissions to run the '"..name:lower().."' command of a script")`;
  const first = `for _,name in ipairs({${names}}) do if not may(name,KEYS[1],KEYS[1]) then return ${denial} end end`;
  return `do local may=redis.acl_check_cmd if may and not (${may}) then ${first} end end`;
}
