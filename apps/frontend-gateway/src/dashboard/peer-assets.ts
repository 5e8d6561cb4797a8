import { originOf, type Instance } from '@nestfleet/discovery';
import { request } from 'undici';

/** PEER_HEADER says that a gateway asks: one that has not got the asset asks no further. */
export const PEER_HEADER = 'x-asset-peer';

/** One peer has so long for its answer, milliseconds. */
const ANSWER_WITHIN_MS = 2_000;
/** Peers that are asked at once, and for one asset in all. */
const PEERS = { atOnce: 4, max: 16 };
/** Assets that are looked for at once: more than a page has, and a stranger who asks for what nobody has costs no more. */
const SEARCHES_MAX = 64;
/** As the build names them: nothing else of a peer is reached by way of this one. */
const NAME = /^\/assets\/[\w-][\w.-]*$/;
/** What is passed on of the answer's head. */
const HEADERS = ['content-type', 'content-encoding', 'cache-control', 'etag', 'vary'];

export interface Asset {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * PeerAssets finds an asset of another build at the gateways that have it. While gateways are replaced, a page of one build
 * asks for its assets wherever the edge proxy sends it. Peers of another version are asked first, a few at a time; who asks
 * for an asset that is looked for already gets what is found.
 */
export class PeerAssets {
  private readonly searches = new Map<string, Promise<Asset | undefined>>();

  /**
   * @param instances all gateways that the catalog lists, whatever their health: one that shuts down still answers
   * @param own id and version of this instance
   */
  constructor(
    private readonly instances: () => readonly Instance[],
    private readonly own: { readonly instanceId: string; readonly version: string },
  ) {}

  /** @returns undefined where no peer has it, or too many are looked for */
  async find(url: string, acceptEncoding = 'identity'): Promise<Asset | undefined> {
    if (!NAME.test(url)) return undefined;
    const key = `${url} ${acceptEncoding}`;
    const same = this.searches.get(key);
    if (same !== undefined) return same;
    if (this.searches.size >= SEARCHES_MAX) return undefined;
    const search = this.search(url, acceptEncoding).finally(() => this.searches.delete(key));
    this.searches.set(key, search);
    return search;
  }

  private async search(url: string, acceptEncoding: string): Promise<Asset | undefined> {
    const { instanceId, version } = this.own;
    const isOther = ({ meta }: Instance): number => Number(meta.version !== version);
    const peers = this.instances()
      .filter(({ id }) => id !== instanceId)
      .toSorted((a, b) => isOther(b) - isOther(a))
      .slice(0, PEERS.max);
    for (let at = 0; at < peers.length; at += PEERS.atOnce) {
      const asked = peers.slice(at, at + PEERS.atOnce).map((peer) => ask(originOf(peer) + url, acceptEncoding));
      const found = await Promise.any(asked).catch(() => undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** @throws where it is not there, or the peer does not answer */
async function ask(url: string, acceptEncoding: string): Promise<Asset> {
  const { statusCode, headers, body } = await request(url, {
    headers: { [PEER_HEADER]: 'true', 'accept-encoding': acceptEncoding },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const bytes = Buffer.from(await body.arrayBuffer());
  if (statusCode !== 200) throw new Error(`${url} is answered with ${statusCode}`);
  const named = HEADERS.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : []));
  return { headers: Object.fromEntries(named) as Record<string, string>, body: bytes };
}
