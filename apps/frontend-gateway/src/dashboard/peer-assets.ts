import { originOf, type Instance } from '@nestfleet/discovery';
import { request } from 'undici';

/** PEER_HEADER says that a gateway asks: one that has not got the asset asks no further. */
export const PEER_HEADER = 'x-asset-peer';

/** One peer has so long for its answer, milliseconds. */
const ANSWER_WITHIN_MS = 1_000;
/** Peers that are asked for one asset. */
const PEERS_MAX = 4;
/** Assets that are looked for at once; a stranger who asks for what nobody has costs no more. */
const AT_ONCE_MAX = 8;
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
 * asks for its assets wherever the edge proxy sends it.
 */
export class PeerAssets {
  private looking = 0;

  /**
   * @param instances all gateways that the catalog lists, whatever their health: one that shuts down still answers
   * @param ownId id of this instance
   */
  constructor(
    private readonly instances: () => readonly Instance[],
    private readonly ownId: string,
  ) {}

  /** @returns undefined where no peer has it, or too many are looked for */
  async find(url: string, acceptEncoding: string | undefined): Promise<Asset | undefined> {
    if (this.looking >= AT_ONCE_MAX || !NAME.test(url)) return undefined;
    this.looking += 1;
    try {
      const peers = this.instances().filter(({ id }) => id !== this.ownId);
      const found = peers.slice(0, PEERS_MAX).map((peer) => ask(originOf(peer) + url, acceptEncoding));
      return await Promise.any(found);
    } catch {
      return undefined;
    } finally {
      this.looking -= 1;
    }
  }
}

/** @throws where it is not there, or the peer does not answer */
async function ask(url: string, acceptEncoding = 'identity'): Promise<Asset> {
  const { statusCode, headers, body } = await request(url, {
    headers: { [PEER_HEADER]: 'true', 'accept-encoding': acceptEncoding },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const bytes = Buffer.from(await body.arrayBuffer());
  if (statusCode !== 200) throw new Error(`${url} is answered with ${statusCode}`);
  const named = HEADERS.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : []));
  return { headers: Object.fromEntries(named) as Record<string, string>, body: bytes };
}
