import { messageOf } from '@nestfleet/contracts';
import type { Kubectl } from './kubectl.ts';
import type { Pod } from './kubernetes-view.ts';

/** For the end of a log whose pod is gone. */
const ENDS_WITHIN_MS = 10_000;

type NamedPod = Pick<Pod, 'name' | 'service' | 'restarts'>;

interface FollowedPod {
  readonly service: string;
  readonly log: Promise<string>;
  readonly ending: AbortController;
  isOpen: boolean;
}

/** PodLogs has what pods have written, also those that are gone: nobody else has it then. What could not be read is a line of it. */
export class PodLogs {
  private readonly kubectl: Kubectl;
  private readonly followed = new Map<string, FollowedPod>();

  constructor(kubectl: Kubectl) {
    this.kubectl = kubectl;
  }

  /** To be called before they end. */
  follow(pods: readonly NamedPod[]): void {
    for (const { name, service } of pods) {
      if (this.followed.get(name)?.isOpen === true) continue;
      const ending = new AbortController();
      const followed: FollowedPod = { service, ending, isOpen: true, log: this.untilItsEnd(name, ending.signal) };
      void followed.log.finally(() => (followed.isOpen = false));
      this.followed.set(name, followed);
    }
  }

  /** @param alive all that are there @returns the logs of one service, or of everybody, by the name of the pod */
  async read(alive: readonly NamedPod[], service?: string): Promise<Map<string, string>> {
    const isWanted = (each: { readonly service: string }): boolean => service === undefined || each.service === service;
    const names = new Set(alive.map(({ name }) => name));
    const gone = [...this.followed].filter(([name, each]) => !names.has(name) && isWanted(each));
    return new Map(
      await Promise.all([
        ...gone.map(async ([name, pod]) => [name, await inTime(pod)] as const),
        ...alive.filter(isWanted).map(async (pod) => [pod.name, await this.untilNow(pod)] as const),
      ]),
    );
  }

  /** Follows nobody any more. */
  end(): void {
    for (const { ending } of this.followed.values()) ending.abort();
  }

  private async untilItsEnd(name: string, signal: AbortSignal): Promise<string> {
    const { out, fault } = await this.kubectl.follow(['logs', '--follow', name], signal);
    return fault === undefined ? out : `${out}\n${unread(fault)}`;
  }

  private async untilNow({ name, restarts }: NamedPod): Promise<string> {
    const log = (...more: readonly string[]): Promise<string> =>
      this.kubectl.run(['logs', name, ...more]).catch((error: unknown) => unread(messageOf(error)));
    return (restarts > 0 ? await log('--previous') : '') + (await log());
  }
}

const unread = (fault: string): string => `COULD NOT BE READ: ${fault}\n`;

async function inTime({ log, ending }: FollowedPod): Promise<string> {
  const limit = setTimeout(() => ending.abort(), ENDS_WITHIN_MS);
  return log.finally(() => clearTimeout(limit));
}
