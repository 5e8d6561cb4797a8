import { startRelay } from '@nestfleet/outbox';
import { openOrders, type Place, type Point, tellSink } from './databases.ts';

/** A process that places orders, or relays them, and dies where it is told to. Ends with whoever started it. */
const [role = '', where = '', dieAt = ''] = process.argv.slice(2);
const place = JSON.parse(where) as Place;
const orders = openOrders(place);
const ORDERS = 8;
/** Something is done before it dies, and something is left. */
const TIMES = 3;

let reached = 0;
const reach = (point: Point): void => {
  if (point === dieAt && (reached += 1) === TIMES) process.kill(process.pid, 'SIGKILL');
};
const around = async <T>(before: Point | undefined, work: () => Promise<T>, after: Point): Promise<T> => {
  if (before !== undefined) reach(before);
  const answer = await work();
  reach(after);
  return answer;
};

if (role === 'place') {
  for (let n = 0; n < ORDERS; n += 1) await orders.place(n, reach);
  await orders.close();
} else {
  const { store } = orders;
  startRelay({
    store: {
      ...store,
      claim: (claim) => around('claim.before', () => store.claim(claim), 'claim.after'),
      markSent: (...args) => around('mark.before', () => store.markSent(...args), 'mark.after'),
      markFailed: (...args) => around('failed.before', () => store.markFailed(...args), 'failed.after'),
      deleteSent: (...args) => around(undefined, () => store.deleteSent(...args), 'delete.after'),
    },
    async send({ id, payload }) {
      const { n } = payload as { n: number };
      reach('send.before');
      if (dieAt.startsWith('failed')) throw new Error('fails on purpose');
      tellSink(place, id, n);
      reach('send.delivered');
    },
    concurrency: 4,
    pollMs: 20,
    leaseMs: 600,
    sendTimeoutMs: 300,
    backOff: { baseMs: 10, capMs: 50 },
    ...(dieAt.startsWith('delete') ? { retentionMs: 50 } : {}),
  });
  process.once('disconnect', () => process.exit());
}
