/** What a lease needs; a value is the path of the program to start if it does not run yet. */
export interface LeaseRequest {
  redis?: string;
  consul?: string;
}

/** The keeper's one answer to a request: a fault, or what was asked for and no more. */
export interface LeaseReply {
  redis_url?: string;
  consul_http_addr?: string;
  fault?: string;
}

/** Where a keeper listens; lies in its folder. */
export interface KeeperCard {
  pid: number;
  socket: string;
}

/** How a keeper is started: its only argument, as JSON. */
export interface KeeperSettings {
  dir: string;
  /** How long the servers stay when the last lease is gone. */
  linger_ms: number;
  /** Nothing outlives the keeper: no append-only file, the folder goes at the end. */
  temporary: boolean;
}

/** Reads a JSON object and takes the named texts of it. @throws Error when it is no object or one of them no text */
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

export const readRequest = (line: string): LeaseRequest => readTexts(line, ['redis', 'consul']);
export const readReply = (line: string): LeaseReply => readTexts(line, ['redis_url', 'consul_http_addr', 'fault']);

/** Cuts a stream into lines; answers a function to feed with chunks. A line longer than the bound is cut. */
export function lineReader(onLine: (line: string) => void, lengthMax = 16_384): (chunk: Buffer | string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = (lines.pop() ?? '').slice(0, lengthMax);
    for (const line of lines) onLine(line);
  };
}
