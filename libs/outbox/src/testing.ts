/** What every adapter of the outbox has to do, as cases for any test runner, and a real PostgreSQL for tests. */
export { postgresBinary, type PostgresServer, startPostgres } from './testing/postgres-server.ts';
export { type StoreBed, type StoreCase, storeCases, type TestTransaction } from './testing/store-cases.ts';
