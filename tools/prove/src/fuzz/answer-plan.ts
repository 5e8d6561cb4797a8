import type { Random } from '../load/random.ts';
import { type Draft, type Mutation, mutations } from './response-mutations.ts';
import { type Step, send, sent } from './steps.ts';

export interface Question {
  readonly token: string;
  readonly method: string;
  readonly upgrades: boolean;
}

/** What a replica does with one request. The same seed and token make the same plan, in the replica and in the oracle. */
export interface AnswerPlan {
  /** Names of what is wrong with it; none in an valid one. */
  readonly mutations: readonly string[];
  /** Nothing more is read on this connection. */
  readonly breaksConnection: boolean;
  /** A while after the answer something is said that reads like one more. */
  readonly speaksUnasked: boolean;
  /** Else it begins with the request's head. */
  readonly waitsForBody: boolean;
  readonly steps: readonly Step[];
  /** After a 101. A deaf replica keeps its side open for ever. */
  readonly tunnel?: 'echo' | 'deaf' | undefined;
}

const VALID_SHARE = 0.45;
const LONG_BODY = 40_000;

/** An answer that nothing is wrong with. */
function validDraft(random: Random, { token, method }: Question): Draft {
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

function textOf(draft: Draft): string {
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
  const draft = validDraft(random, question);
  sayYes(draft);
  return { ...planOf(random, draft, []), tunnel: 'echo' };
}

export function planAnswer(random: Random, question: Question): AnswerPlan {
  if (question.upgrades) return planUpgrade(random, question);
  const draft = validDraft(random, question);
  if (random.next() < VALID_SHARE) return planOf(random, draft, []);
  return planMutated(random, draft);
}

function planMutated(random: Random, draft: Draft): AnswerPlan {
  const first = random.of(mutations);
  const second =
    first.exclusive || random.next() < 0.6 ? undefined : random.of(mutations.filter((mutation) => !mutation.exclusive));
  const applied = second ? [first, second] : [first];
  for (const mutation of applied) mutation.apply(draft, random);
  return planOf(random, draft, applied);
}

function planOf(random: Random, draft: Draft, applied: readonly Mutation[]): AnswerPlan {
  const text = draft.raw ?? textOf(draft);
  const cut = draft.cutAt === undefined ? text : text.slice(0, Math.floor(draft.cutAt * text.length));
  const words = draft.isSlow ? sent(random, cut) : [send(cut)];
  const thinks: Step[] = draft.lateMs === undefined ? [] : [{ does: 'pause', ms: draft.lateMs }];
  return {
    mutations: applied.map(({ name }) => name),
    breaksConnection: applied.some(({ breaksConnection }) => breaksConnection),
    speaksUnasked: applied.some(({ speaksUnasked }) => speaksUnasked),
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
  const draft = validDraft(random, question);
  if (random.next() < 0.15) return planOf(random, draft, []);
  if (random.next() < 0.35) return planMutated(random, draft);
  sayYes(draft);
  if (random.next() < 0.3) draft.after = '\x81\x02hi';
  if (random.next() < 0.6) return { ...planOf(random, draft, []), tunnel: 'echo' };
  const applied = random.of(mutations.filter(({ name }) => UPGRADE_MUTATIONS.has(name)));
  applied.apply(draft, random);
  return { ...planOf(random, draft, [applied]), tunnel: random.next() < 0.3 ? 'deaf' : 'echo' };
}

/** Those that leave a 101 a 101. */
const UPGRADE_MUTATIONS = new Set([
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
