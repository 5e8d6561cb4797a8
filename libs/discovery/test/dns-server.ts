import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { RECORD_TYPES, type DnsRecord, type RecordType } from '../src/dns/message.ts';

/** The answers of a server by type and name, such as `SRV api.test`; a number is a response code. */
export type DnsZone = Record<string, readonly DnsRecord[] | number>;

export interface DnsServer {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  zone: DnsZone;
  /** What was asked, in order. */
  readonly asked: string[];
  close(): void;
}

const NO_SUCH_NAME = 3;

const encodedName = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);

function encodedRecord(record: DnsRecord): Buffer {
  const data =
    record.type === 'SRV'
      ? Buffer.concat([
          Buffer.from([record.priority, record.weight, record.port].flatMap((each) => [each >> 8, each & 0xff])),
          encodedName(record.target),
        ])
      : Buffer.from(record.address.split('.').map(Number));
  const head = Buffer.alloc(10);
  head.writeUInt16BE(RECORD_TYPES[record.type], 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt32BE(record.ttlS, 4);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodedName(record.name), head, data]);
}

/** The question of a message: type and name as in a zone, and its bytes. */
function questionIn(message: Buffer): { text: string; bytes: Buffer } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const number = message.readUInt16BE(at + 1);
  const type = (Object.keys(RECORD_TYPES) as RecordType[]).find((each) => RECORD_TYPES[each] === number);
  return { text: `${type} ${labels.join('.')}`, bytes: message.subarray(12, at + 5) };
}

/** startDnsServer answers over TCP from a zone; a name that is not in it does not exist. */
export async function startDnsServer(): Promise<DnsServer> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (part) => {
      const { text, bytes } = questionIn(part.subarray(2));
      dns.asked.push(text);
      const found = dns.zone[text] ?? NO_SUCH_NAME;
      const records = typeof found === 'number' ? [] : found;
      const head = Buffer.alloc(12);
      part.copy(head, 0, 2, 4);
      head.writeUInt16BE(0x8180 | (typeof found === 'number' ? found : 0), 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt16BE(records.length, 6);
      const answer = Buffer.concat([head, bytes, ...records.map(encodedRecord)]);
      const size = Buffer.alloc(2);
      size.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([size, answer]));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dns: DnsServer = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    zone: {},
    asked: [],
    close: () => server.close(),
  };
  return dns;
}
