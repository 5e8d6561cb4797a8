import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Less than a packet is not worth a second file. */
const LEAST_BYTES = 1_024;
const TEXT = /\.(?:html|js|css|json|svg|txt)$/;

const CODINGS = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }),
  gz: (bytes) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
};

/** precompressed writes `<file>.br` and `<file>.gz` beside each text file of a build, for a server that sends files as they are. */
export function precompressed() {
  return {
    name: 'precompressed',
    async writeBundle({ dir }, bundle) {
      const files = Object.keys(bundle).filter((name) => TEXT.test(name));
      await Promise.all(
        files.map(async (name) => {
          const bytes = readFileSync(join(dir, name));
          if (bytes.length < LEAST_BYTES) return;
          for (const [extension, compress] of Object.entries(CODINGS)) {
            const compressed = await compress(bytes);
            if (compressed.length < bytes.length) writeFileSync(join(dir, `${name}.${extension}`), compressed);
          }
        }),
      );
    },
  };
}
