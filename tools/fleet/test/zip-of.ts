import { crc32 } from 'node:zlib';

export interface ZipEntry {
  name: string;
  packed: Buffer;
  /** 0 is stored, 8 is deflated. */
  method: number;
}

function header(signature: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUInt32LE(signature, 0);
  return buffer;
}

/** Builds a zip archive, so that no test needs an outside program. */
export function zipOf(entries: readonly ZipEntry[], comment = ''): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, packed, method } of entries) {
    const local = header(0x04034b50, 30);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(crc32(packed), 14);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const central = header(0x02014b50, 46);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt16LE(Buffer.byteLength(name), 28);
    central.writeUInt32LE(offset, 42);
    files.push(local, Buffer.from(name), packed);
    directory.push(central, Buffer.from(name));
    offset += local.length + Buffer.byteLength(name) + packed.length;
  }
  const end = header(0x06054b50, 22);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  return Buffer.concat([...files, ...directory, end, Buffer.from(comment)]);
}
