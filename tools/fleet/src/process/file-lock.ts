import { DatabaseSync } from 'node:sqlite';

const sqliteBusy = 5;

/**
 * lockUntilExit locks a file for as long as this process lives, or answers false when another process has it. An exclusive
 * SQLite transaction is a kernel lock on Linux and macOS: `kill -9` frees it, no pid has to be guessed about. The file stays.
 */
export function lockUntilExit(path: string): boolean {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    held.push(database);
    return true;
  } catch (fault) {
    database.close();
    if (fault instanceof Error && 'errcode' in fault && fault.errcode === sqliteBusy) return false;
    throw fault;
  }
}

/** A collected database would free its lock. */
const held: DatabaseSync[] = [];
