import { readFileSync } from 'node:fs';

/** Paths of PEM files of a server that talks TLS only. */
export interface ServerTls {
  /** Of the authority that signed the certificate. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Settings of redis.conf and sentinel.conf: the one port is TLS, and so is what the servers say among themselves. */
export const tlsSettings = ({ ca, cert, key }: ServerTls, port: number): Readonly<Record<string, string>> => ({
  port: '0',
  'tls-port': String(port),
  'tls-ca-cert-file': ca,
  'tls-cert-file': cert,
  'tls-key-file': key,
  // Clients show no certificate, only a name and a password.
  'tls-auth-clients': 'no',
  'tls-replication': 'yes',
});

export const trust = ({ ca }: ServerTls): { readonly ca: string } => ({ ca: readFileSync(ca, 'utf8') });
