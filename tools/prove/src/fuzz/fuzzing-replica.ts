import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Random } from '../load/random.ts';
import { type AnswerPlan, planAnswer, planYes } from './answer-plan.ts';
import { follow, shown } from './steps.ts';
import { tokensIn } from './tokens.ts';

/** A replica that answers as the plan of each request's token says, over its own reading of what the gateway sends. */
export interface FuzzingReplica {
  readonly port: number;
  /** Connections that are in the middle of a request, an answer or a tunnel. */
  busy(): string[];
  /** All that are open. */
  open(): number;
  /** Mutations applied, by name. */
  readonly applied: ReadonlyMap<string, number>;
  /** Ends the connections that wait for a request. */
  endIdle(): void;
  close(): void;
}

/** What a gateway must never send: anything but a request of ours, framed as HTTP has it. */
type OnOdd = (words: string) => void;

/** An upgrade to here is always taken. */
export const VALID_PATH = '/valid';
const HEAD_END = '\r\n\r\n';
const REQUEST_LINE = /^([A-Z-]+) (\/\S*) HTTP\/1\.1$/;

interface Head {
  readonly method: string;
  readonly path: string;
  readonly upgrades: boolean;
  readonly length: number | 'chunked';
}

function headOf(text: string, odd: OnOdd): Head | undefined {
  const [line = '', ...fields] = text.split('\r\n');
  const [, method, path] = REQUEST_LINE.exec(line) ?? [];
  const valuesOf = (name: string): string[] =>
    fields
      .filter((field) => field.toLowerCase().startsWith(`${name}:`))
      .map((field) => field.slice(name.length + 1).trim());
  const lengths = valuesOf('content-length');
  const codings = valuesOf('transfer-encoding');
  if (method === undefined || path === undefined || lengths.length + codings.length > 1) {
    odd(`a replica was sent what is no request: ${shown(Buffer.from(text, 'latin1'))}`);
    return undefined;
  }
  const length = codings.length > 0 ? 'chunked' : Number(lengths[0] ?? 0);
  return { method, path, length, upgrades: valuesOf('upgrade').length > 0 };
}

/** Where a chunked body ends; undefined while it has not. Trailers do not pass the gateway. */
function endOfChunks(text: string): number | undefined {
  for (let at = 0; ;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!Number.isFinite(size)) return text.length;
    at = lineEnd + 2 + size + 2;
    if (size === 0) return at > text.length ? undefined : at;
    if (at > text.length) return undefined;
  }
}

const DEAF = 'tunnel of a deaf replica';
/**
 * It has said something that nobody asked for. A request that was on its way then has that for its answer, at the gateway too;
 * with another one every further request would get the one before it's.
 */
const SAID_UNASKED = 'left open after an answer that nobody asked for';

const AT_REST = ['waits', 'left open', SAID_UNASKED];

class ReplicaConnection {
  state = 'waits';
  private bytes = '';
  private head: Head | undefined;
  private answer: AnswerPlan | undefined;

  readonly socket: Socket;
  private readonly plan: (head: Head) => AnswerPlan;
  private readonly odd: OnOdd;

  constructor(socket: Socket, plan: (head: Head) => AnswerPlan, odd: OnOdd) {
    this.socket = socket;
    this.plan = plan;
    this.odd = odd;
    socket.on('error', () => undefined);
    socket.on('data', this.onData);
    socket.on('end', this.onEnd);
  }

  private readonly onData = (chunk: Buffer): void => {
    this.bytes += chunk.toString('latin1');
    if (this.state === SAID_UNASKED) this.socket.end();
    else if (this.state === 'waits') this.read();
    else if (this.state.startsWith('body')) this.readBody();
  };

  private readonly onEnd = (): void => {
    if (this.state !== DEAF) this.socket.end();
    // It will say no more, and has been applied: what is still open is on this side alone.
    else this.state = 'left open';
  };

  private read(): void {
    const end = this.bytes.indexOf(HEAD_END);
    if (end === -1) return;
    this.head = headOf(this.bytes.slice(0, end), this.odd);
    this.bytes = this.bytes.slice(end + HEAD_END.length);
    if (!this.head) {
      this.socket.destroy();
      return;
    }
    this.state = `body of ${this.head.path}`;
    this.answer = this.plan(this.head);
    if (this.answer.waitsForBody) this.readBody();
    else void this.tell(this.answer);
  }

  private readBody(): void {
    const { head, answer } = this;
    if (!head || !answer) return;
    const end = head.length === 'chunked' ? endOfChunks(this.bytes) : head.length;
    if (end === undefined || this.bytes.length < end) return;
    this.bytes = this.bytes.slice(end);
    if (answer.waitsForBody) void this.tell(answer);
    else this.wait();
  }

  private async tell(answer: AnswerPlan): Promise<void> {
    const { head, socket } = this;
    this.state = `answer to ${head?.path}: ${answer.mutations.join('+') || 'valid'}`;
    await follow(socket, answer.steps, () => undefined);
    if (answer.tunnel) this.tunnel(answer.tunnel);
    // A silent or an endless one stays in its answer until the gateway ends it.
    else if (answer.breaksConnection || socket.destroyed) return;
    else if (answer.speaksUnasked) this.leaveOpen();
    else if (answer.waitsForBody) this.wait();
    else {
      this.state = `body of ${head?.path}, which is answered`;
      this.readBody();
    }
  }

  private leaveOpen(): void {
    this.state = SAID_UNASKED;
    if (this.bytes !== '') this.socket.end();
  }

  private wait(): void {
    this.state = 'waits';
    this.read();
  }

  private tunnel(kind: 'echo' | 'deaf'): void {
    const { socket } = this;
    this.state = kind === 'deaf' ? DEAF : 'tunnel';
    if (kind === 'deaf') {
      if (socket.readableEnded) this.onEnd();
      return;
    }
    if (this.bytes !== '' && socket.writable) socket.write(Buffer.from(this.bytes, 'latin1'));
    socket.off('data', this.onData);
    socket.on('data', (chunk: Buffer) => socket.writable && socket.write(chunk));
    if (socket.readableEnded) socket.end();
  }
}

export async function startFuzzingReplica(random: Random, odd: OnOdd): Promise<FuzzingReplica> {
  const connections = new Set<ReplicaConnection>();
  const applied = new Map<string, number>();
  const plan = ({ method, path, upgrades }: Head): AnswerPlan => {
    const [token = path] = tokensIn(path);
    const made = (path === VALID_PATH ? planYes : planAnswer)(random.fork(token), { token, method, upgrades });
    for (const mutation of made.mutations.length > 0 ? made.mutations : ['valid']) {
      const name = upgrades ? `upgrade ${mutation}` : mutation;
      applied.set(name, (applied.get(name) ?? 0) + 1);
    }
    return made;
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = new ReplicaConnection(socket, plan, odd);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    busy: () => [...connections].map(({ state }) => state).filter((state) => !AT_REST.includes(state)),
    open: () => connections.size,
    applied,
    endIdle: () => {
      for (const { state, socket } of connections) if (AT_REST.includes(state)) socket.destroy();
    },
    close: () => {
      server.close();
      for (const { socket } of connections) socket.destroy();
    },
  };
}
