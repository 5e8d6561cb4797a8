import { z } from 'zod';
import { pemFile } from './pem-file.ts';

/** redisConfig is the address of Redis and the credentials for it. */
export const redisConfig = () => ({
  REDIS_URL: z
    .string()
    .regex(/^rediss?(\+(sentinel|cluster))?:\/\//, 'begins with redis://, redis+sentinel:// or redis+cluster://')
    .default('redis://127.0.0.1:6379')
    .meta({
      description:
        'Redis: `redis://[user:password@]host[:port][/database]`, `redis+sentinel://…host,host/<name>[/database]`, `redis+cluster://…host,host`; with `rediss` instead over TLS. A password in it is hidden in logs',
      secret: true,
    }),
  REDIS_CACERT: pemFile("Path of the authorities' certificates for Redis over TLS; default those of the system"),
  REDIS_SENTINEL_PASSWORD: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Password of the Sentinels; that of Redis is in REDIS_URL', secret: true }),
});
