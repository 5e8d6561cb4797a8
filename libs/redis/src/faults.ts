import { DeadlineError } from '@nestfleet/timing';

/**
 * LinkState is what a fault shows of the connection. `away` is known from its sockets; the others only from replies, because the
 * connection stands and even PING may be answered.
 */
export type LinkState = 'ok' | 'refuses writes' | 'loading' | 'busy' | 'away';

/** RedisFault is one row of the table: what a fault says of the command, and what is to be done about it. */
export interface RedisFault {
  /** What the reply begins with, or how it is called where Redis said nothing. */
  readonly name: string;
  /** Whether the command was carried out, or a part of it. */
  readonly ran: 'no' | 'maybe';
  /** When the same command may be sent again: at once behind the script's text, later, or not without reading first. */
  readonly resend: 'with the script' | 'after back-off' | 'never';
  readonly link: LinkState;
  /** The error that callers get; `answer`: the reply is one, and comes through as it is. */
  readonly code: 'redis_unavailable' | 'redis_writes_refused' | 'redis_outcome_unknown' | 'answer';
  /** For people; names no server, key or value. */
  readonly words: string;
  /** What the reply begins with, where that is not the name. */
  readonly begins?: readonly string[];
}

const refusal = (name: string, link: LinkState, words: string): RedisFault => ({
  name,
  ran: 'no',
  resend: 'after back-off',
  link,
  code: link === 'refuses writes' ? 'redis_writes_refused' : 'redis_unavailable',
  words,
});
const unknown = (name: string, link: LinkState, words: string): RedisFault => ({
  name,
  ran: 'maybe',
  resend: 'never',
  link,
  code: 'redis_outcome_unknown',
  words,
});
const answer = (name: string, words: string): RedisFault => ({
  name,
  ran: 'no',
  resend: 'never',
  link: 'ok',
  code: 'answer',
  words,
});

/** Permissions are checked at each command of a script, so that some may have been carried out. */
const DENIED_IN_SCRIPT: RedisFault = {
  ...unknown('NOPERM in a script', 'refuses writes', 'the user of Redis lacks a permission that a script needs'),
  // Redis 7.0; Redis 8 and Valkey.
  begins: ['ERR The user executing the script', 'ERR ACL failure in script:'],
};
const DENIED_READ: RedisFault = {
  ...refusal('NOPERM of a read', 'refuses writes', 'the user of Redis may not read'),
  code: 'redis_unavailable',
};
const CLOSED = unknown('closed', 'away', 'the connection went away with the command');
const TIME_OUT = unknown('time-out', 'away', 'no answer came in time');
/** Another Redis than the one that was meant, or a fault of ours: never taken for final. */
export const UNKNOWN_REPLY = unknown(
  'unknown',
  'ok',
  'Redis answered something that is not in the table of its faults',
);

/**
 * REDIS_FAULTS is the one table of what Redis says against a command. Redis turns down the replies with `ran: no` before
 * the command, inside of a script before its first write (server.c `processCommand`, script.c `scriptCall`). All that is not
 * here is `unknown`.
 */
export const REDIS_FAULTS: readonly RedisFault[] = [
  refusal('READONLY', 'refuses writes', 'Redis is a replica'),
  refusal('NOREPLICAS', 'refuses writes', 'too few replicas of Redis are in sync'),
  refusal('MISCONF', 'refuses writes', 'Redis cannot write to its disk'),
  refusal('OOM', 'refuses writes', 'the memory of Redis is full'),
  refusal('NOPERM', 'refuses writes', 'the user of Redis lacks a permission'),
  DENIED_READ,
  DENIED_IN_SCRIPT,
  refusal('LOADING', 'loading', 'Redis is loading its data'),
  refusal('BUSY', 'busy', 'a script or a long command keeps Redis busy'),
  refusal('MASTERDOWN', 'loading', 'Redis is a replica without its primary'),
  refusal('NOAUTH', 'away', 'Redis does not know us'),
  refusal('CLUSTERDOWN', 'away', 'the cluster does not serve the slot'),
  refusal('UNBLOCKED', 'ok', 'Redis changed its role while the command waited'),
  refusal('TRYAGAIN', 'ok', 'the slot is moving'),
  refusal('MOVED', 'ok', 'the slot is on another node'),
  refusal('ASK', 'ok', 'the slot is moving to another node'),
  { ...refusal('NOSCRIPT', 'ok', 'Redis does not have the script any more'), resend: 'with the script' },
  TIME_OUT,
  CLOSED,
  answer('WRONGTYPE', 'another type is stored there'),
  answer('ERR value is not an integer', 'another type is stored there'),
  answer('ERR hash value is not an integer', 'another type is stored there'),
  answer('ERR increment or decrement would overflow', 'the count would be beyond 64 bits'),
  answer('ERR count would overflow', 'the count would not be exact'),
  answer('CROSSSLOT', 'the keys of the script are of several slots'),
];

const REPLIES = REDIS_FAULTS.filter((row) => row !== TIME_OUT && row !== CLOSED);

/** Whether Redis says that something is stored there that who asks did not put there. */
export const isForeignType = (error: unknown): boolean => {
  const fault = redisFault(error);
  return fault?.code === 'answer' && fault.words === 'another type is stored there';
};

/** Of ioredis: each of the last answers sent the command on to another node. */
const redirected = /^Too many Cluster redirections/;
const lostNames = new Set(['MaxRetriesPerRequestError', 'AbortError']);
/** ioredis rejects with plain errors, known only by their messages. */
const lostWords =
  /^(Connection is closed\.|Stream isn't writeable|Socket (closed|timeout)|Command timed out|Cluster (isn't ready|is)|None of startup nodes)/;
const lostCodes = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_|ENOTFOUND|ERR_STREAM)/;
/** How a Redis before 7 hands on what a command of a script was told. */
const inOldScript = /^(?:ERR Error running script \([^)]*\): )?@\w+: ?\d+: (?:@\w+: ?\d+: )?-?(.+)$/s;
const inScript = / script: \w+, on @\w+:\d+/;
const deniedRead = /^NOPERM .*'(get|mget|exists|hget|hmget|hgetall|scan|pttl|time|zrevrangebyscore|info|ping)(\||')/;
const deniedCommand = /'([a-z|]+)' command/;
/** As a HandshakeError says it. */
const refusedAtConnect = /^[A-Z]+ refused: (.+)$/s;
const abortReason = /^EXECABORT .*because of: (.+)$/s;

/** The row of an error; undefined for what does not come from Redis or the connection to it. */
export function redisFault(error: unknown): RedisFault | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof DeadlineError) return TIME_OUT;
  if (error.name === 'ReplyError') return faultOfReply(error);
  if (error.name === 'HandshakeError') return rowOf(refusedAtConnect.exec(error.message)?.[1] ?? '');
  if (redirected.test(error.message)) return rowOf('MOVED');
  const code = 'code' in error ? String(error.code) : '';
  return lostNames.has(error.name) || lostWords.test(error.message) || lostCodes.test(code) ? CLOSED : undefined;
}

/** The error of a reply that came as a text, from inside of a script or transaction. */
export const replyError = (text: string): Error => Object.assign(new Error(text), { name: 'ReplyError' });

/** For errors and logs: the word of Redis and what it means. An unknown reply is quoted without what had been sent. */
export function describeFault(fault: RedisFault, error?: unknown): string {
  if (fault !== UNKNOWN_REPLY || !(error instanceof Error)) return `${fault.name}: ${fault.words}`;
  const [reply = ''] = error.message.split(', with args', 1);
  return `${fault.words}: ${reply.replace(quoted, '…').slice(0, REPLY_CHARS_MAX)}`;
}
const quoted = /(['"`]).*?\1/gs;
const REPLY_CHARS_MAX = 120;

function faultOfReply(error: Error): RedisFault {
  if (error.message.startsWith('EXECABORT')) return faultOfAbort(error);
  const told = inOldScript.exec(error.message)?.[1];
  const row = rowOf(told ?? error.message);
  if (row.name !== 'NOPERM') return row;
  if (told !== undefined || inScript.test(error.message)) return withCommand(DENIED_IN_SCRIPT, error);
  return withCommand(deniedRead.test(error.message) ? DENIED_READ : row, error);
}

/** For who has to allow it: the words name the command that the user of Redis lacks. */
function withCommand(row: RedisFault, { message }: Error): RedisFault {
  const command = deniedCommand.exec(message)?.[1];
  return command === undefined ? row : { ...row, words: `${row.words}: ${command}` };
}

const rowOf = (reply: string): RedisFault =>
  REPLIES.find(({ name, begins = [name] }) => begins.some((each) => reply === each || reply.startsWith(`${each} `))) ??
  UNKNOWN_REPLY;

/** Nothing of the transaction ran, for the reasons that its commands were turned down for. */
function faultOfAbort(error: Error): RedisFault {
  const told: unknown[] = 'previousErrors' in error && Array.isArray(error.previousErrors) ? error.previousErrors : [];
  const inline = abortReason.exec(error.message)?.[1];
  const reasons = [...told, ...(inline === undefined ? [] : [replyError(inline)])].map((each) => redisFault(each));
  return reasons.find((reason) => reason?.ran === 'no' && reason.code !== 'answer') ?? UNKNOWN_REPLY;
}
