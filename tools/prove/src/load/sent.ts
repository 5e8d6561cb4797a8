/** A record of something that a client sent, as far as it is looked at here. */
interface Sent {
  readonly invokedMs: number;
  readonly connection?: 'new' | 'kept';
  readonly retryPolicy?: 'idempotent' | 'connect-failure';
}

const isSent = (record: object): record is Sent => typeof (record as Partial<Sent>).invokedMs === 'number';

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;

/**
 * formatSentLoad is the load that clients really sent, counted from the records of a run and not from what was asked for.
 * @param histories of one run; records without a time of sending do not count
 */
export function formatSentLoad(histories: readonly (readonly object[])[]): string {
  const sent = histories.flat().filter(isSent);
  if (sent.length === 0) return 'sent no request';
  const times = sent.map(({ invokedMs }) => invokedMs);
  const seconds = (times.reduce((a, b) => Math.max(a, b)) - times.reduce((a, b) => Math.min(a, b))) / 1_000;
  const rate = seconds > 0 ? `, ${Math.round(sent.length / seconds)}/s` : '';
  const share = (of: readonly Sent[], words: string): string[] =>
    of.length === 0 ? [] : [`${percent(of.length, sent.length)} ${words}`];
  const shares = [
    ...share(
      sent.filter(({ connection }) => connection === 'new'),
      'over new connections',
    ),
    ...share(
      sent.filter(({ retryPolicy }) => retryPolicy === 'connect-failure'),
      'never to be sent twice',
    ),
  ];
  const what = shares.length === 0 ? '' : ` (${shares.join(', ')})`;
  return `sent ${sent.length} requests in ${seconds.toFixed(1)} s${rate}${what}`;
}
