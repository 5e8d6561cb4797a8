import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { DeadlineError } from '@nestfleet/timing';

/** What is sent to an agent, and how its answer arrives: the part of `fetch` that is used. */
export type Send = (
  url: URL,
  /** `timeoutMs` is when `signal` ends it at the latest, with a DeadlineError. */
  init: { method: string; headers: Record<string, string>; signal: AbortSignal; timeoutMs: number; body?: string },
) => Promise<Response>;

/** PEM texts. `ca` replaces the system's list; `cert` and `key` are for agents that ask for a client's certificate. */
export interface ConsulTls {
  /**
   * The name that is asked for (SNI) and that the agent's certificate must have.
   *
   * @default the host of its address
   */
  serverName?: string | undefined;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

/**
 * After this long without a byte the kernel asks the other end whether it is there, ten times, a second apart: a path
 * that swallows packets ends a waiting query 15 s after its last byte. Fetch would take 70 s.
 */
const KEEP_ALIVE_MS = 5_000;

/** A connection without a request is kept so long: an agent takes 200 from one address, those of closed discoveries too. */
const IDLE_MS = 10_000;

/** A request that times out within this time is left alone when an agent does not answer. */
const SOON_MS = 3_000;

function responseOf({ headers, statusCode = 502 }: IncomingMessage, content: string): Response {
  const copied = new Headers();
  for (const [name, value] of Object.entries(headers)) copied.set(name, String(value));
  return new Response(content || null, { status: statusCode, headers: copied });
}

/** As fetch, with connections that notice when nobody is there any more, and with certificates. */
export function agentSend({ ca, cert, key, serverName: servername }: ConsulTls = {}): Send {
  const kept = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, timeout: IDLE_MS };
  const http = { request: requestHttp, agent: new HttpAgent(kept) };
  const https = { request: requestHttps, agent: new HttpsAgent({ ...kept, ca, cert, key, servername }) };
  /** When each connection's last request gives up by itself, by agent. */
  const socketsTo = new Map<string, Map<Socket, number>>();

  function track(origin: string, socket: Socket, endsMs: number): void {
    const sockets = socketsTo.get(origin) ?? new Map<Socket, number>();
    socketsTo.set(origin, sockets);
    if (!sockets.has(socket)) socket.once('close', () => sockets.delete(socket));
    sockets.set(socket, endsMs);
  }

  /**
   * One request that got no answer in its time says that the others wait in vain too, which the kernel cannot see where
   * a proxy stands between, or where the agent is stopped and not gone. Not those that end soon: an agent that is only
   * slow has time for them, and they would else never get their answer.
   */
  function giveUpOn(origin: string): void {
    const soonMs = performance.now() + SOON_MS;
    for (const [socket, endsMs] of socketsTo.get(origin) ?? [])
      if (endsMs > soonMs) socket.destroy(new Error(`${origin} has stopped answering`));
  }

  return (url, { body, timeoutMs, ...init }) =>
    new Promise((resolve, reject) => {
      const endsMs = performance.now() + timeoutMs;
      const { request, agent } = url.protocol === 'https:' ? https : http;
      const fail = (error: Error): void => {
        if (init.signal.reason instanceof DeadlineError) giveUpOn(url.origin);
        reject(error);
      };
      const sent = request(url, { agent, ...init }, (answer) => {
        // What an agent, or a proxy before it, says may be no status or header of a `Response`: then this rejects too.
        text(answer)
          .then((content) => resolve(responseOf(answer, content)))
          .catch(fail);
      });
      sent.on('socket', (socket) => track(url.origin, socket, endsMs));
      sent.on('error', fail);
      sent.end(body);
    });
}
