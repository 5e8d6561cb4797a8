/** The part of DNS messages (RFC 1035, 2782, 3596) that finding instances needs. Pure. */
export const RECORD_TYPES = { A: 1, AAAA: 28, SRV: 33 } as const;
export type RecordType = keyof typeof RECORD_TYPES;

export type DnsRecord = { readonly name: string; readonly ttlS: number } & (
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | {
      readonly type: 'SRV';
      /** The lowest comes first. */
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
);

export interface DnsAnswer {
  /** 0 no error, 3 no such name; the others mean that the server could not say. */
  readonly code: number;
  /** Answers and additional records, those of other types left out. */
  readonly records: readonly DnsRecord[];
}

const CLASS_IN = 1;
const HEADER_BYTES = 12;
const RECURSION_DESIRED = 0x0100;
const NAME_MAX_BYTES = 255;

export function encodeQuery(id: number, name: string, type: RecordType): Buffer {
  const labels = name.replace(/\.$/, '').split('.');
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label, 'latin1');
    if (bytes.length === 0 || bytes.length > 63) throw new RangeError(`"${name}" is no DNS name`);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  const encoded = Buffer.concat([...parts, Buffer.from([0])]);
  if (encoded.length > NAME_MAX_BYTES) throw new RangeError(`"${name}" is too long for a DNS name`);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(RECURSION_DESIRED, 2);
  header.writeUInt16BE(1, 4);
  const question = Buffer.alloc(4);
  question.writeUInt16BE(RECORD_TYPES[type], 0);
  question.writeUInt16BE(CLASS_IN, 2);
  return Buffer.concat([header, encoded, question]);
}

/** A name, which may end in a pointer to an earlier place, and where the next field begins. */
function readName(message: Buffer, start: number): { name: string; next: number } {
  const labels: string[] = [];
  let at = start;
  let next: number | undefined;
  let bytes = 0;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return { name: labels.join('.').toLowerCase(), next: next ?? at + 1 };
    if (length >= 0xc0) {
      next ??= at + 2;
      const target = message.readUInt16BE(at) & 0x3fff;
      // Only back, so that no message can lead in a circle.
      if (target >= at) throw new RangeError('a DNS name points forward');
      at = target;
      continue;
    }
    bytes += length + 1;
    if (length > 63 || bytes > NAME_MAX_BYTES) throw new RangeError('a DNS name is too long');
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
}

function ipv6Of(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(n * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function recordOf(message: Buffer, at: number, size: number, known: { name: string; ttlS: number; type: number }) {
  const { name, ttlS, type } = known;
  const data = message.subarray(at, at + size);
  if (data.length < size) throw new RangeError('a DNS message is cut off');
  if (type === RECORD_TYPES.A) return { name, ttlS, type: 'A', address: [...data.subarray(0, 4)].join('.') } as const;
  if (type === RECORD_TYPES.AAAA) return { name, ttlS, type: 'AAAA', address: ipv6Of(data) } as const;
  if (type !== RECORD_TYPES.SRV) return undefined;
  const { name: target } = readName(message, at + 6);
  const [priority, weight, port] = [data.readUInt16BE(0), data.readUInt16BE(2), data.readUInt16BE(4)];
  return { name, ttlS, type: 'SRV', priority, weight, port, target } as const;
}

/** Throws a RangeError for what is no answer to the query with this id. */
export function decodeAnswer(id: number, message: Buffer): DnsAnswer {
  const flags = message.readUInt16BE(2);
  if (message.readUInt16BE(0) !== id || flags < 0x8000) throw new RangeError('this is no answer to the DNS query');
  let at = HEADER_BYTES;
  for (let left = message.readUInt16BE(4); left > 0; left -= 1) at = readName(message, at).next + 4;
  const records: DnsRecord[] = [];
  const count = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  for (let left = count; left > 0; left -= 1) {
    const { name, next } = readName(message, at);
    const type = message.readUInt16BE(next);
    const ttlS = message.readUInt32BE(next + 4);
    const size = message.readUInt16BE(next + 8);
    const record = recordOf(message, next + 10, size, { name, ttlS, type });
    if (record) records.push(record);
    at = next + 10 + size;
  }
  return { code: flags & 0xf, records };
}
