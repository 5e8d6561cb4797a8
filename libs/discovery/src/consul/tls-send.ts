import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Send } from './agent.ts';

/** PEM texts. `ca` replaces the system's list; `cert` and `key` are for agents that ask for a client's certificate. */
export interface ConsulTls {
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

/** As fetch, which takes no certificates. Addresses with `http:` are left to fetch. */
export function tlsSend({ ca, cert, key }: ConsulTls): Send {
  const agent = new Agent({ ca, cert, key, keepAlive: true });
  return (url, { body, ...init }) => {
    if (url.protocol !== 'https:') return fetch(url, { ...init, ...(body === undefined ? {} : { body }) });
    return new Promise((resolve, reject) => {
      const sent = request(url, { agent, ...init }, (answer) => {
        const headers = new Headers();
        for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value));
        const status = answer.statusCode ?? 502;
        text(answer).then((content) => resolve(new Response(content || null, { status, headers })), reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  };
}
