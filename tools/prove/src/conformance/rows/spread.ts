import type { Visit } from '@nestfleet/contracts';
import type { Check } from '../../checkers/check.ts';
import { type Answer, CookieJar } from '../../client/http-client.ts';
import { until } from '../../client/until.ts';
import type { Row, Subject } from '../row.ts';

const visitOf = (text: string): Visit => JSON.parse(text) as Visit;
const REQUESTS = 90;

/** Names that served so many requests, each over a connection of its own. */
async function namesSeen({ edge }: Subject, requests: number): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  for (let n = 0; n < requests; n += 1) {
    const { status, headers, text } = await edge.ask('/api/whoami');
    // A refusal has a name on it too.
    if (status !== 200) throw new Error(`/api/whoami answers ${status}: ${text.slice(0, 200)}`);
    const name = String(headers['x-served-by']);
    seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  return seen;
}

/** Asks until every replica has answered, and checks that all show the same as the first. @returns what that is */
export async function readThroughAll(
  check: Check,
  subject: Subject,
  ask: () => Promise<Answer>,
  shown: (answer: Answer) => string,
): Promise<string> {
  const names = [...(await namesSeen(subject, 30)).keys()];
  check.atLeast('replicas to read through', names.length, 2);
  const first = shown(await ask());
  const seen = new Map<string, string>();
  const all = async (): Promise<boolean> => {
    const answer = await ask();
    seen.set(String(answer.headers['x-served-by']), shown(answer));
    return names.every((name) => seen.has(name));
  };
  await until(`${names.length} replicas were read through`, all, 20_000, 1);
  for (const [name, what] of seen) check.equal(`read through ${name}`, what, first);
  return first;
}

export const rotation: Row = {
  name: 'rotation',
  shows: `${REQUESTS} new connections are spread over all replicas`,
  run: async (check, subject) => {
    const seen = await namesSeen(subject, REQUESTS);
    const expected = await subject.knownDriver?.ready('api');
    if (expected)
      check.equal(
        'the names that served',
        [...seen.keys()].toSorted(),
        expected.map((each) => each.servedBy).toSorted(),
      );
    else check.atLeast('replicas that served', seen.size, 2);
    // Of two that are drawn the faster one is taken (the gateway's choice), so the fastest of all gets 2/n of the requests, as
    // often as it is drawn; more than four standard deviations beyond it is no such choice.
    const share = Math.min(1, 2 / seen.size);
    const most = Math.ceil(REQUESTS * share + 4 * Math.sqrt(REQUESTS * share * (1 - share)));
    for (const [name, count] of seen) check.atMost(`share of ${name}`, count, most);
    const one = visitOf((await subject.edge.ask('/api/')).text);
    check.holds('the reply names its host', one.hostname !== '', one);
    check.holds('the reply has its message', one.message !== '', one);
    check.note([...seen].map(([name, count]) => `${name} ${count}`).join(', '));
  },
};

export const session: Row = {
  name: 'session',
  shows: 'one session counts on over all replicas; a made-up sid is replaced',
  run: async (check, { edge }) => {
    const jar = new CookieJar();
    const visits: Visit[] = [];
    for (let n = 0; n < 30; n += 1) visits.push(visitOf((await edge.askAs(jar, '/api/')).text));
    check.equal(
      'session_count',
      visits.map((each) => each.session_count),
      visits.map((_, index) => index + 1),
    );
    check.equal('session ids', new Set(visits.map((each) => each.session_id)).size, 1);
    check.equal('cookies set', jar.setCount, 1);
    check.atLeast('replicas that took part', new Set(visits.map((each) => each.served_by)).size, 2);
    const rising = visits.every((each, at) => at === 0 || each.global_count > visits[at - 1]!.global_count);
    check.holds('global_count rises with each visit', rising);

    const other = visitOf((await edge.askAs(new CookieJar(), '/api/')).text);
    check.holds('a client without a cookie gets a session of its own', other.session_id !== visits[0]!.session_id);
    check.equal('and its count', other.session_count, 1);
    for (const forged of [
      'mine',
      `${'A'.repeat(22)}.${'B'.repeat(43)}`,
      decodeURIComponent(jar.sid ?? '').split('.')[0]!,
    ]) {
      const forger = new CookieJar(encodeURIComponent(forged));
      const answer = visitOf((await edge.askAs(forger, '/api/')).text);
      check.equal(`count with the made-up sid ${forged.slice(0, 6)}…`, answer.session_count, 1);
      check.equal('cookies set in its place', forger.setCount, 1);
    }
    check.equal('the honest session afterwards', visitOf((await edge.askAs(jar, '/api/')).text).session_count, 31);
  },
};
