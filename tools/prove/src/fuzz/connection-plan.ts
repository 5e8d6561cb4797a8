import type { Random } from '../load/random.ts';
import { type RequestPlan, type Surface, planRequest } from './request-plan.ts';
import { type Step, send, sent, sliced } from './steps.ts';
import { tokenOf } from './tokens.ts';

/** All that one client connection does. Its number and the seed make it. */
export interface ConnectionPlan {
  readonly number: number;
  readonly surface: Surface;
  readonly requests: readonly RequestPlan[];
  /** What follows the last request is no request: words that are none, or frames. */
  readonly hasTail: boolean;
  readonly steps: readonly Step[];
  /** Sends all that it has begun, reads, and stays until the answers are there. */
  readonly isPatient: boolean;
}

const PIPELINED_MAX = 6;
const REST_MAX_MS = 120;

const tails = [
  'GARBAGE\r\n\r\n',
  'X',
  '\0\0',
  '\x16\x03\x01\x02\0',
  'GET /',
  '\xff\xfe\xfd',
  '\r\n',
  'HTTP/1.1 200 OK\r\n\r\n',
] as const;

/** WebSocket frames of a client: whole, of odd kinds, and cut. */
function frames(random: Random): string {
  const one = (): string => {
    const length = random.below(random.next() < 0.9 ? 120 : 2_000);
    const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
    const first = random.of([0x81, 0x82, 0x89, 0x8a, 0x88, 0x01, 0x80, 0xff, 0x0f]);
    return `${String.fromCharCode(first, ...size)}mask${'w'.repeat(length)}`;
  };
  const all = Array.from({ length: random.below(5) }, one).join('');
  return random.next() < 0.3 ? all.slice(0, random.below(all.length + 1)) : all;
}

const awaitBytes = (random: Random): Step => ({ does: 'await-bytes', limitMs: 20 + random.below(REST_MAX_MS) });

/** The requests, each written behind the other or with waits in between. */
function spoken(random: Random, requests: readonly RequestPlan[]): Step[] {
  if (random.next() < 0.55) return sent(random, requests.map(({ text }) => text).join(''));
  return requests.flatMap(({ text }, at) => [
    ...sent(random, text),
    ...(at < requests.length - 1 && random.next() < 0.5 ? [awaitBytes(random)] : []),
  ]);
}

function planRequests(random: Random, surface: Surface, number: number): RequestPlan[] {
  const count = random.next() < 0.4 ? 1 : 1 + random.below(PIPELINED_MAX);
  const requests: RequestPlan[] = [];
  for (let at = 0; at < count; at += 1) {
    const request = planRequest(random, surface, tokenOf(number, at));
    requests.push(request);
    // Sometimes more is said behind the last one, which nobody is to answer.
    if (request.isLast && random.next() < 0.85) break;
  }
  return requests;
}

type Ending = 'patient' | 'half-close' | 'reset' | 'close' | 'cut';
const endings: readonly Ending[] = [
  'patient',
  'patient',
  'patient',
  'half-close',
  'half-close',
  'reset',
  'close',
  'cut',
];

export function planConnection(random: Random, surface: Surface, number: number): ConnectionPlan {
  const requests = planRequests(random, surface, number);
  const upgrades = requests.at(-1)?.upgrades ?? false;
  const hasTail = !upgrades && random.next() < 0.2;
  const steps = spoken(random, requests);
  if (hasTail) steps.push(...(random.next() < 0.5 ? [awaitBytes(random)] : []), send(random.of(tails)));
  if (upgrades) steps.push(...tunnelSteps(random));
  const ending = random.of(endings);
  const isPatient = ending === 'patient' || ending === 'half-close';
  if (!isPatient && random.next() < 0.3) steps.splice(random.below(steps.length), 0, { does: 'stop-reading' });
  if (ending === 'cut') {
    steps.splice(1 + random.below(steps.length));
    const last = steps.at(-1);
    if (last?.does === 'send') {
      const text = last.bytes.toString('latin1');
      steps.splice(-1, 1, ...sliced(random, text.slice(0, random.below(text.length))));
    }
  }
  return {
    number,
    surface,
    requests: ending === 'cut' ? asCut(requests, steps) : requests,
    hasTail: hasTail || upgrades,
    steps: [...steps, ...endOf(random, ending)],
    isPatient,
  };
}

/** A request of which a part was not sent is none. */
function asCut(requests: readonly RequestPlan[], steps: readonly Step[]): RequestPlan[] {
  let left = steps.reduce((sum, step) => sum + (step.does === 'send' ? step.bytes.length : 0), 0);
  return requests.map((request) => {
    left -= request.text.length;
    return left >= 0 ? request : { ...request, isWellFormed: false };
  });
}

function tunnelSteps(random: Random): Step[] {
  const waits: Step[] = random.next() < 0.6 ? [awaitBytes(random)] : [];
  const more = Array.from({ length: random.below(3) }, () => [...sent(random, frames(random)), awaitBytes(random)]);
  return [...waits, ...more.flat()];
}

/** At once, after a rest, or when the answer has begun. */
function endOf(random: Random, ending: Ending): Step[] {
  if (ending === 'patient') return [];
  const waits = random.of<Step[]>([[], [{ does: 'pause', ms: random.below(REST_MAX_MS) }], [awaitBytes(random)]]);
  const how = ending === 'cut' ? random.of(['half-close', 'reset', 'close'] as const) : ending;
  const rest: Step[] = how === 'half-close' ? [{ does: 'pause', ms: random.below(REST_MAX_MS) }] : [];
  return [...waits, { does: how }, ...rest];
}
