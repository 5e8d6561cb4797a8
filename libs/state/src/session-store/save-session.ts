import { hasChanged } from './read-fields.ts';

interface SavedSession {
  save(callback: (error?: unknown) => void): unknown;
}

/** SessionRequest is a request with a session of express-session or @fastify/session. */
export interface SessionRequest {
  session?: object | null | undefined;
  sessionID?: string | undefined;
}

/**
 * `saveSession` stores what the request changed in its session, before it is answered: express-session itself sends the
 * status and the cookie first and saves then, so that an answer may claim what was not stored. Rejects with the error of
 * the store, and then the answer sets no cookie and nothing is saved with it.
 */
export async function saveSession(request: SessionRequest): Promise<void> {
  const { session } = request;
  if (session === undefined || session === null) return;
  try {
    if (!hasChanged(session)) return;
    await new Promise<void>((resolve, reject) => {
      (session as SavedSession).save((error) => (error instanceof Error ? reject(error) : resolve()));
    });
  } catch (error) {
    request.sessionID = undefined;
    request.session = null;
    throw error;
  }
}
