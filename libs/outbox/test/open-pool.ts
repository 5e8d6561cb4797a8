import { Pool, type PoolConfig } from 'pg';

export function openPool(connection: PoolConfig, onFault: (error: Error) => void): Pool {
  const limits = { keepAlive: true, query_timeout: 10_000, connectionTimeoutMillis: 5_000 };
  const pool = new Pool({ ...limits, ...connection });
  // Without a listener the process ends with the first connection that ends while nobody uses it,
  pool.on('error', onFault);
  // or while a transaction has it, whose next query rejects.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
