import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerTls } from '../src/testing/server-tls.ts';

export interface Certificates {
  /** The text of the authority's certificate. */
  readonly ca: string;
  readonly tls: ServerTls;
  drop(): void;
}

/** An authority of this test and a certificate for 127.0.0.1, by openssl as `deploy/make-secrets.sh` makes them. */
export function makeCertificates(): Certificates {
  const dir = mkdtempSync(join(tmpdir(), 'nestfleet-tls-'));
  const file = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '1', '-subj', '/CN=test authority');
  openssl('req', ...key, '-keyout', 'redis.key', '-out', 'redis.csr', '-subj', '/CN=redis');
  writeFileSync(file('san.cnf'), 'subjectAltName=IP:127.0.0.1\n');
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'san.cnf'];
  openssl('x509', '-req', '-in', 'redis.csr', '-out', 'redis.crt', ...signed);
  return {
    ca: readFileSync(file('ca.crt'), 'utf8'),
    tls: { ca: file('ca.crt'), cert: file('redis.crt'), key: file('redis.key') },
    drop: () => rmSync(dir, { recursive: true, force: true }),
  };
}
