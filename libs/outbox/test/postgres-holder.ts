import { startPostgres } from '../src/testing.ts';

/** A process that starts a PostgreSQL, says where, and does not stop it. */
const [binary = ''] = process.argv.slice(2);
const { connection } = await startPostgres(binary);
process.send?.(connection);
