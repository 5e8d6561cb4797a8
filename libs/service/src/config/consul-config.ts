import { wholeNumber } from '@nestfleet/contracts';
import { z } from 'zod';
import { commaList } from './comma-list.ts';
import { pemFile } from './pem-file.ts';

/** `key=value,key=value`; what Consul takes as meta. */
function metaList(text: string, context: z.RefinementCtx): Record<string, string> {
  const pairs = commaList(text).map((part) => /^([A-Za-z0-9_-]{1,128})=(.{0,512})$/.exec(part));
  if (pairs.every((pair) => pair !== null))
    return Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, value]));
  context.addIssue({ code: 'custom', message: 'is not key=value,key=value with keys of letters, digits, _ and -' });
  return z.NEVER;
}

/** consulConfig is how Consul is reached beyond its address, and the metadata of a replica's registration. */
export const consulConfig = () => ({
  CONSUL_HTTP_TOKEN_FILE: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Path of a file with the ACL token for Consul, read again when it changes' }),
  CONSUL_DATACENTER: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, 'letters, digits, _ and - only')
    .optional()
    .meta({ description: 'Datacenter in which other services are looked for; default that of the agent' }),
  CONSUL_CACERT: pemFile("Path of the authorities' certificates for https agents; default those of the system"),
  CONSUL_TLS_SERVER_NAME: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Name in the certificate of https agents; default the host of their address' }),
  CONSUL_CLIENT_CERT: pemFile('Path of the certificate to show to https agents; needs CONSUL_CLIENT_KEY'),
  CONSUL_CLIENT_KEY: pemFile('Path of the key of CONSUL_CLIENT_CERT', 'key'),
  SERVICE_TAGS: z
    .string()
    .default('')
    .transform(commaList)
    .meta({ description: 'More tags of the catalog entry, a comma list' }),
  SERVICE_META: z
    .string()
    .default('')
    .transform(metaList)
    .meta({ description: 'More meta of the catalog entry: `key=value,key=value`' }),
  SERVICE_WEIGHT: wholeNumber(1, 65_535)
    .prefault(1)
    .meta({ description: 'Share of traffic in relation to the other replicas' }),
});
