import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { EndpointSlice } from '../kubernetes/endpoint-slice.ts';

/** AskedOfApi is one request. */
export interface AskedOfApi {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
}

/** A slice without the version, which the server gives it. */
export type SliceDraft = Omit<EndpointSlice, 'metadata'> & { readonly name: string };

/** ScriptedApiServer is as much of an API server as lists and watches EndpointSlices, with all that can go wrong. */
export interface ScriptedApiServer {
  readonly url: string;
  readonly asked: readonly AskedOfApi[];
  readonly lists: readonly AskedOfApi[];
  readonly watches: readonly AskedOfApi[];
  /** Watches that are open now. */
  openWatches(): number;
  /** Makes these the slices of a service, and tells the watches what is new. */
  put(service: string, slices: readonly SliceDraft[]): void;
  /** The same behind the back of the watches that are open, which end up with a version that is gone. */
  forget(service: string, slices: readonly SliceDraft[]): void;
  /** Writes this to every open watch. */
  tell(text: string): void;
  bookmark(): void;
  /** Ends every open watch, as its time-out does. */
  endWatches(): void;
  /** Resets every open connection. */
  reset(): void;
  /** Answers with this in place of the usual, where it is not undefined; null is no answer at all. */
  answer: (asked: AskedOfApi) => number | string | null | undefined;
  /** Takes requests and says no more, to the watches neither. */
  isSilent: boolean;
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

interface Change {
  readonly version: number;
  readonly service: string;
  readonly line: string;
}

/** startApiServer listens on a free port of this machine, with a certificate over TLS. */
export async function startApiServer(tls?: { cert: string; key: string }): Promise<ScriptedApiServer> {
  const slices = new Map<string, Map<string, EndpointSlice>>();
  const changes: Change[] = [];
  const open = new Map<ServerResponse, string>();
  const asked: AskedOfApi[] = [];
  let version = 100;
  let oldest = 0;

  const isWatch = ({ query }: AskedOfApi): boolean => query.get('watch') === 'true';
  const serviceOf = ({ query }: AskedOfApi): string =>
    query.get('labelSelector')?.replace('kubernetes.io/service-name=', '') ?? '';

  function change(service: string, type: string, object: EndpointSlice): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    changes.push({ version, service, line });
    if (server.isSilent) return;
    for (const [response, of] of open) if (of === service) response.write(line);
  }

  function answerTo(one: AskedOfApi, response: ServerResponse): void {
    const service = serviceOf(one);
    const scripted = server.answer(one);
    if (scripted === null) return;
    if (typeof scripted === 'number') {
      response.writeHead(scripted, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', code: scripted, reason: 'Scripted' }));
    } else if (scripted !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(scripted);
    } else if (!isWatch(one)) {
      const items = [...(slices.get(service)?.values() ?? [])];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'EndpointSliceList', metadata: { resourceVersion: `${version}` }, items }));
    } else if (Number(one.query.get('resourceVersion')) < oldest) {
      response.writeHead(410, { 'content-type': 'application/json' }).end('{"kind":"Status","code":410}');
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      const from = Number(one.query.get('resourceVersion'));
      for (const each of changes) if (each.version > from && each.service === service) response.write(each.line);
      open.set(response, service);
      response.once('close', () => open.delete(response));
    }
  }

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
    const one = { path: pathname, query: searchParams, authorization: request.headers.authorization };
    asked.push(one);
    if (!server.isSilent) answerTo(one, response);
  };

  const scheme = tls === undefined ? 'http' : 'https';
  let http: Server;
  async function listen(port: number): Promise<number> {
    http = tls === undefined ? createHttpServer(handle) : createHttpsServer(tls, handle);
    http.on('clientError', () => undefined);
    await once(http.listen(port, '127.0.0.1'), 'listening');
    return (http.address() as AddressInfo).port;
  }

  async function cut(): Promise<void> {
    if (!http.listening) return;
    const closed = once(http, 'close');
    http.close();
    http.closeAllConnections();
    await closed;
  }

  const server: ScriptedApiServer = {
    url: '',
    asked,
    get lists() {
      return asked.filter((each) => !isWatch(each));
    },
    get watches() {
      return asked.filter(isWatch);
    },
    openWatches: () => open.size,
    put(service, drafts) {
      const before = slices.get(service) ?? new Map<string, EndpointSlice>();
      const after = new Map<string, EndpointSlice>();
      slices.set(service, after);
      for (const { name, ...rest } of drafts) {
        const known = before.get(name);
        const isSame =
          known !== undefined && JSON.stringify({ ...known, metadata: 0 }) === JSON.stringify({ metadata: 0, ...rest });
        if (!isSame) version += 1;
        const slice = isSame ? known : { metadata: { name, resourceVersion: `${version}` }, ...rest };
        after.set(name, slice);
        if (!isSame) change(service, known === undefined ? 'ADDED' : 'MODIFIED', slice);
      }
      for (const [name, slice] of before) {
        if (after.has(name)) continue;
        version += 1;
        change(service, 'DELETED', { ...slice, metadata: { name, resourceVersion: `${version}` } });
      }
    },
    forget(service, drafts) {
      const told = [...open];
      open.clear();
      server.put(service, drafts);
      for (const [response, of] of told) open.set(response, of);
      version += 1;
      oldest = version;
    },
    tell(text) {
      for (const response of open.keys()) response.write(text);
    },
    bookmark: () => server.tell(`{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"${version}"}}}\n`),
    endWatches() {
      for (const response of open.keys()) response.end();
      open.clear();
    },
    reset() {
      for (const response of open.keys()) response.socket?.resetAndDestroy();
    },
    answer: () => undefined,
    isSilent: false,
    cut,
    mend: async () => void (await listen(port)),
    close: cut,
  };
  const port = await listen(0);
  return Object.assign(server, { url: `${scheme}://127.0.0.1:${port}` });
}
