import type { Random } from '../random.ts';
import { type Draft, type Lie, lies } from './lies.ts';
import { type Step, send, sent } from './steps.ts';

export interface Question {
  readonly token: string;
  readonly method: string;
  readonly upgrades: boolean;
}

/** What a replica does with one request. The same seed and token make the same plan, in the replica and in the oracle. */
export interface AnswerPlan {
  /** Names of what is wrong with it; none in an honest one. */
  readonly lies: readonly string[];
  /** Nothing more is read on this connection. */
  readonly spoils: boolean;
  /** Else it begins with the request's head. */
  readonly waitsForBody: boolean;
  readonly steps: readonly Step[];
  /** After a 101. A deaf replica keeps its side open for ever. */
  readonly tunnel?: 'echo' | 'deaf' | undefined;
}

const HONEST = 0.45;
const LONG_BODY = 40_000;

/** An answer that nothing is wrong with. */
export function honestDraft(random: Random, { token, method }: Question): Draft {
  const body = `{"token":"${token}","filler":"${'f'.repeat(random.next() < 0.1 ? random.below(LONG_BODY) : 0)}"}`;
  return {
    before: '',
    version: 'HTTP/1.1',
    status: '200',
    reason: 'OK',
    headers: ['content-type: application/json', `x-request-id: ${token}`],
    framing: random.next() < 0.3 ? 'chunked' : 'length',
    body,
    hasBody: method !== 'HEAD',
    after: '',
    end: [],
    isSlow: random.next() < 0.1,
  };
}

const chunked = (body: string): string => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

export function textOf(draft: Draft): string {
  const { before, version, status, reason, headers, framing, body, hasBody, after } = draft;
  const framed = {
    length: [`content-length: ${body.length}`],
    chunked: ['transfer-encoding: chunked'],
    none: [],
  }[framing];
  const head = [`${version} ${status}${reason === '' ? '' : ` ${reason}`}`, ...headers, ...framed].join('\r\n');
  return `${before}${head}\r\n\r\n${hasBody ? (framing === 'chunked' ? chunked(body) : body) : ''}${after}`;
}

/** Of an upgrade: yes, and an echo. */
export function planYes(random: Random, question: Question): AnswerPlan {
  const draft = honestDraft(random, question);
  sayYes(draft);
  return { ...planOf(random, draft, []), tunnel: 'echo' };
}

export function planAnswer(random: Random, question: Question): AnswerPlan {
  if (question.upgrades) return planUpgrade(random, question);
  const draft = honestDraft(random, question);
  if (random.next() < HONEST) return planOf(random, draft, []);
  return planLie(random, draft);
}

function planLie(random: Random, draft: Draft): AnswerPlan {
  const first = random.of(lies);
  const second = first.alone || random.next() < 0.6 ? undefined : random.of(lies.filter((lie) => !lie.alone));
  const told = second ? [first, second] : [first];
  for (const lie of told) lie.tell(draft, random);
  return planOf(random, draft, told);
}

function planOf(random: Random, draft: Draft, told: readonly Lie[]): AnswerPlan {
  const text = draft.raw ?? textOf(draft);
  const cut = draft.cutAt === undefined ? text : text.slice(0, Math.floor(draft.cutAt * text.length));
  const words = draft.isSlow ? sent(random, cut) : [send(cut)];
  const thinks: Step[] = draft.lateMs === undefined ? [] : [{ does: 'pause', ms: draft.lateMs }];
  return {
    lies: told.map(({ name }) => name),
    spoils: told.some(({ spoils }) => spoils),
    waitsForBody: !draft.beforeBody,
    steps: [...thinks, ...words, ...draft.end],
  };
}

function sayYes(draft: Draft): void {
  Object.assign(draft, {
    status: '101',
    reason: 'Switching Protocols',
    framing: 'none',
    body: '',
    hasBody: false,
    headers: [...draft.headers, 'connection: Upgrade', 'upgrade: websocket', 'sec-websocket-accept: x'],
  });
}

/** Only what says yes to an upgrade is other than for plain requests; a replica may always answer plainly. */
function planUpgrade(random: Random, question: Question): AnswerPlan {
  const draft = honestDraft(random, question);
  if (random.next() < 0.15) return planOf(random, draft, []);
  if (random.next() < 0.35) return planLie(random, draft);
  sayYes(draft);
  if (random.next() < 0.3) draft.after = '\x81\x02hi';
  if (random.next() < 0.6) return { ...planOf(random, draft, []), tunnel: 'echo' };
  const told = random.of(lies.filter(({ name }) => UPGRADE_LIES.has(name)));
  told.tell(draft, random);
  return { ...planOf(random, draft, [told]), tunnel: random.next() < 0.3 ? 'deaf' : 'echo' };
}

/** Those that leave a 101 a 101. */
const UPGRADE_LIES = new Set([
  'reason-bytes',
  'header-value-bytes',
  'header-name-bytes',
  'content-disposition',
  'informational',
  'big-head',
  'cut',
  'then-half-close',
  'then-reset',
  'connection-lists',
]);
