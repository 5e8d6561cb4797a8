import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { pemFile } from './pem-file.ts';

const certificates = rootCertificates.slice(0, 2).join('\n');
const { privateKey } = generateKeyPairSync('ec', {
  namedCurve: 'prime256v1',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

describe('pemFile', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nf-pem-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (text: string, what?: 'certificates' | 'key') => {
    writeFileSync(join(folder, 'x.pem'), text);
    return z.object({ X: pemFile('x', what) }).safeParse({ X: join(folder, 'x.pem') });
  };

  it.each([
    ['certificates', certificates],
    ['certificates', `# of this machine\n${certificates}`],
    ['key', privateKey],
  ] as const)('takes %s', (what, text) => {
    expect(read(text, what)).toMatchObject({ success: true, data: { X: text } });
  });

  it.each([
    ['certificates', 'root:x:0:0:root:/root:/bin/sh\n', /holds no certificate/],
    ['certificates', '', /holds no certificate/],
    ['certificates', privateKey, /holds no certificate/],
    ['certificates', '-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----', /no PEM of certificates/],
    ['certificates', `${certificates.slice(0, 900)}\n-----END CERTIFICATE-----`, /no PEM of certificates/],
    ['key', certificates, /no PEM of a private key/],
    ['key', 'secret-of-somebody', /no PEM of a private key/],
  ] as const)('refuses what is no %s: %j', (what, text, words) => {
    const { error } = read(text, what);
    expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(words)]);
    expect(error?.message).not.toContain('secret-of-somebody');
  });
});
