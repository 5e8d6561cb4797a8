import type { ServerResponse } from 'node:http';

/** HttpRequest is a request of Express or Fastify, as far as both are alike. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body?: unknown;
  readonly url: string;
  /** Of Express, where `url` is without the path that a router is mounted at. */
  readonly originalUrl?: string;
  readonly route?: { readonly path?: string };
  /** Of Fastify. */
  readonly routeOptions?: { readonly url?: string | undefined };
}

type Send = (body?: unknown) => unknown;

/** HttpResponse is their response. */
export interface HttpResponse {
  status(code: number): unknown;
  send: Send;
  /** Of Fastify: Node's response; that of Express is one itself. */
  readonly raw?: ServerResponse;
  header(name: string, value: string): unknown;
  setHeader?(name: string, value: string): unknown;
}

export const rawOf = (response: HttpResponse): ServerResponse =>
  response.raw ?? (response as unknown as ServerResponse);

export const urlOf = ({ originalUrl, url }: HttpRequest): string => originalUrl ?? url;
export const routeOf = (request: HttpRequest): string =>
  request.routeOptions?.url ?? request.route?.path ?? urlOf(request);

/** setHeader as it is: Express's own method would add a charset. */
export function setHeader(response: HttpResponse, name: string, value: string): void {
  if (response.raw === undefined && response.setHeader !== undefined) response.setHeader(name, value);
  else response.header(name, value);
}

/** What Nest calls for the value of a handler. */
const ANSWERS = ['send', 'json', 'redirect', 'render', 'view'];

/** answerAtOnce sends a whole response, in whose place Nest can send nothing any more: neither a value nor a redirect. */
export function answerAtOnce(
  response: HttpResponse,
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer },
): void {
  response.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers)) setHeader(response, name, value);
  // Of nothing the type would be sent, too.
  response.send(answer.body.length === 0 ? undefined : answer.body);
  const sent = response as unknown as Record<string, unknown>;
  for (const name of ANSWERS) if (typeof sent[name] === 'function') sent[name] = () => response;
}
