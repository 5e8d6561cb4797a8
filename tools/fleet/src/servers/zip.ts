import { inflateRawSync } from 'node:zlib';
import { ServerFault } from './errors.ts';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endBytes = 22;
const commentMaxBytes = 65_535;

function broken(why: string): ServerFault {
  return new ServerFault('archive_unreadable', `zip archive: ${why}`);
}

/**
 * unzipFile answers the content of one file of a zip archive (stored or deflated; PKWARE's appnote, sections 4.3.7, .12,
 * .16).
 */
export function unzipFile(archive: Buffer, name: string): Buffer {
  let end = archive.length - endBytes;
  const first = Math.max(0, end - commentMaxBytes);
  while (end >= first && archive.readUInt32LE(end) !== endSignature) end -= 1;
  if (end < first) throw broken('no end record');
  const entries = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let entry = 0; entry < entries; entry += 1) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== entrySignature) throw broken('bad directory');
    const nameBytes = archive.readUInt16LE(at + 28);
    if (archive.toString('utf8', at + 46, at + 46 + nameBytes) === name) {
      const local = archive.readUInt32LE(at + 42);
      const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const packed = archive.subarray(from, from + archive.readUInt32LE(at + 20));
      const method = archive.readUInt16LE(at + 10);
      if (method === 0) return packed;
      if (method === 8) return inflateRawSync(packed);
      throw broken(`${name} is packed by method ${method}`);
    }
    at += 46 + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw broken(`no file ${name}`);
}
