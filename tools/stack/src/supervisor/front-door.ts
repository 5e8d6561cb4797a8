import { StackFault } from '../faults.ts';
import { httpStatus } from '../process/http-status.ts';
import { wordsOf } from '../servers/errors.ts';
import { openPublicPort, type PublicPort } from './public-port.ts';

const ANSWER_WITHIN_MS = 5_000;

/** An address that this machine itself can use: "every interface" is none. */
function addressOf({ host, port }: Pick<PublicPort, 'host' | 'port'>): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** The public port over the time of a fleet: open as long as there are to be gateways. */
export class FrontDoor {
  private open: PublicPort | undefined;

  get url(): string | null {
    if (this.open === undefined) return null;
    return addressOf(this.open);
  }

  get port(): number | undefined {
    return this.open?.port;
  }

  /** Descriptor for a gateway, null while the door is closed. */
  get fd(): number | null {
    return this.open?.fd ?? null;
  }

  /** Does nothing when it is open. @throws StackFault port_in_use, public_host */
  async ensureOpen(host: string, port: number): Promise<void> {
    this.open ??= await openPublicPort(host, port);
  }

  /** Gateways that still accept go on; new connections are refused once the last of them has closed it too. */
  close(): void {
    this.open?.close();
    this.open = undefined;
  }

  /** @throws StackFault never_ready when no gateway answers through the public port */
  async checkAnswers(): Promise<void> {
    if (this.url === null) return;
    const url = `${this.url}/readyz`;
    const status = await httpStatus(url, ANSWER_WITHIN_MS).catch(wordsOf);
    if (status !== 200) throw new StackFault('never_ready', `the front door is not ready: ${url} gave ${status}`);
  }
}
