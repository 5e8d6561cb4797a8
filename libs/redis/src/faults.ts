/**
 * What a rejected piece of work says about the command:
 * `refused`: Redis answered that it does not serve now, nothing was done; `lost`: the connection went away with it;
 * `other`: an answer or our own fault, none of this lib's business.
 */
export type FaultKind = 'refused' | 'lost' | 'other';

/** First words of replies with which Redis turns down a command before it runs. Source: server.c, `processCommand`. */
const refusals = new Set([
  'LOADING',
  'BUSY',
  'MASTERDOWN',
  'READONLY',
  'MISCONF',
  'OOM',
  'NOREPLICAS',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'NOAUTH',
]);
/** Of ioredis: each of the last answers sent the command on to another node. */
const redirected = /^Too many Cluster redirections/;
const lostNames = new Set(['MaxRetriesPerRequestError', 'AbortError']);
/** ioredis rejects with plain errors, known only by their messages. */
const lostWords =
  /^(Connection is closed\.|Stream isn't writeable|Socket (closed|timeout)|Command timed out|Cluster (isn't ready|is)|None of startup nodes)/;
const lostCodes = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_|ENOTFOUND|ERR_STREAM)/;

export function faultKind(error: unknown): FaultKind {
  if (!(error instanceof Error)) return 'other';
  if (error.name === 'ReplyError' && error.message.startsWith('EXECABORT')) return abortKind(error);
  if (error.name === 'ReplyError') return refusals.has(error.message.split(' ', 1)[0] ?? '') ? 'refused' : 'other';
  if (redirected.test(error.message)) return 'refused';
  const code = 'code' in error ? String(error.code) : '';
  return lostNames.has(error.name) || lostWords.test(error.message) || lostCodes.test(code) ? 'lost' : 'other';
}

/** Nothing of the transaction ran, for the reasons that its commands were turned down for. */
function abortKind(error: Error): FaultKind {
  const reasons: unknown[] =
    'previousErrors' in error && Array.isArray(error.previousErrors) ? error.previousErrors : [];
  return reasons.some((reason) => faultKind(reason) === 'refused') ? 'refused' : 'other';
}
