import { type FleetServer, HEALTH_PATHS, routedServices, type ServiceName } from '@nestfleet/contracts';
import { until } from '@nestfleet/timing';
import { StackFault } from '../core/faults.ts';
import { httpStatus } from '../process/http-status.ts';
import { messageOf } from '../servers/errors.ts';
import { openPublicPort, type PublicPort } from './public-port.ts';

const ANSWER_WITHIN_MS = 5_000;
/** A load balancer learns of the replicas by DNS and checks them before it sends. */
const SERVING_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 50;

/** EdgeProxyProgram is a load balancer before the gateways, which accepts on the public port in their place. */
export interface EdgeProxyProgram {
  /** Resolves when it answers; does nothing while it runs. @throws StackFault never_ready */
  start(): Promise<void>;
  /** Lets what is on its way end. */
  stop(): Promise<void>;
  kill(): void;
  /** Reads its files again without losing a connection. @throws StackFault never_ready */
  reload(): Promise<void>;
  /** Replicas of a service that it sends to. */
  serving(service: ServiceName): Promise<number>;
  state(): FleetServer[];
}

/** addressOf is one that this machine itself can use: "every interface" is none. */
function addressOf({ host, port }: Pick<PublicPort, 'host' | 'port'>): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** EdgeProxy is the public port of a fleet, with what accepts on it: the gateways, or a program before them. */
export class EdgeProxy {
  readonly program: EdgeProxyProgram | undefined;
  private open: PublicPort | undefined;

  constructor(program?: EdgeProxyProgram) {
    this.program = program;
  }

  get url(): string | null {
    if (this.open === undefined) return null;
    return addressOf(this.open);
  }

  get port(): number | undefined {
    return this.open?.port;
  }

  /** Descriptor of the public port, null while it is closed. */
  get fd(): number | null {
    return this.open?.fd ?? null;
  }

  /** For gateways that are the edge proxy themselves. */
  get gatewayFd(): number | null {
    return this.program === undefined ? this.fd : null;
  }

  /** Idempotent. @throws StackFault port_in_use, public_host */
  async ensureOpen(host: string, port: number): Promise<void> {
    this.open ??= await openPublicPort(host, port);
  }

  /** Who still accepts goes on; new connections are refused once the last of them has closed it too. */
  async close(): Promise<void> {
    this.open?.close();
    this.open = undefined;
    await this.program?.stop();
  }

  /**
   * Resolves when as many replicas are served as are ready.
   * @throws StackFault never_ready
   */
  async checkAnswers(ready: Readonly<Partial<Record<ServiceName, number>>>): Promise<void> {
    if (this.url === null) return;
    if (this.program !== undefined) await this.untilServing(this.program, ready);
    const url = `${this.url}${HEALTH_PATHS.ready}`;
    const status = await httpStatus(url, ANSWER_WITHIN_MS).catch(messageOf);
    if (status !== 200) throw new StackFault('never_ready', `the edge proxy is not ready: ${url} gave ${status}`);
  }

  private async untilServing(
    program: EdgeProxyProgram,
    ready: Readonly<Partial<Record<ServiceName, number>>>,
  ): Promise<void> {
    await program.start();
    let seen: { shortName: string; serving: number; ready: number }[] = [];
    const allServe = async (): Promise<boolean> => {
      seen = await Promise.all(
        routedServices.map(async ({ name, shortName }) => ({
          shortName,
          serving: await program.serving(name),
          ready: ready[name] ?? 0,
        })),
      );
      return seen.every((each) => each.serving >= each.ready);
    };
    // While a worker is replaced there is a moment without an answer.
    const isServed = await until(allServe, SERVING_WITHIN_MS, { everyMs: LOOK_EVERY_MS }).catch(() => false);
    if (isServed) return;
    const counts = seen.map((each) => `${each.serving} of ${each.ready} ${each.shortName}`).join(', ') || 'nothing';
    throw new StackFault('never_ready', `the edge proxy serves ${counts} after ${SERVING_WITHIN_MS / 1_000} s`);
  }
}
