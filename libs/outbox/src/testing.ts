/** What every adapter of the outbox has to do, as cases for any test runner. */
export { type StoreBed, type StoreCase, storeCases, type TestTransaction } from './testing/store-cases.ts';
