/** ServersRequest names the servers that are needed; a value is the path of the program to start if it does not run yet. */
export interface ServersRequest {
  redis?: string;
  consul?: string;
}

/** ServersReply is the daemon's one answer to a request: a fault, or what was asked for and no more. */
export interface ServersReply {
  redis_url?: string;
  consul_http_addr?: string;
  fault?: string;
}

/** DaemonEndpoint is where a daemon listens; lies in its folder. */
export interface DaemonEndpoint {
  pid: number;
  socket: string;
}

/** DevServersSettings are how a daemon is started: its only argument, as JSON. */
export interface DevServersSettings {
  dir: string;
  /** How long the servers stay when the last reference is gone. */
  linger_ms: number;
  /** Nothing outlives the daemon: no append-only file, the folder goes at the end. */
  temporary: boolean;
}

/** readTexts takes the named texts of a JSON object. @throws Error when it is no object or one of them no text */
export function readTexts<Name extends string>(json: string, names: readonly Name[]): { [name in Name]?: string } {
  const read: unknown = JSON.parse(json);
  if (typeof read !== 'object' || read === null) throw new Error(`not an object: ${json.slice(0, 80)}`);
  const texts: { [name in Name]?: string } = {};
  for (const name of names) {
    const value = (read as Record<string, unknown>)[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') throw new Error(`${name} is no text: ${json.slice(0, 80)}`);
    texts[name] = value;
  }
  return texts;
}

export const readRequest = (line: string): ServersRequest => readTexts(line, ['redis', 'consul']);
export const readReply = (line: string): ServersReply => readTexts(line, ['redis_url', 'consul_http_addr', 'fault']);
