/** DESCRIPTION is the OpenAPI description of the api as a whole, in Markdown. */
export const DESCRIPTION = `Stateful endpoints that any replica can serve.

- Errors are \`application/problem+json\` (RFC 9457), with a stable \`code\` and the \`request_id\`. An edge proxy may answer
  502, 503 or 504 in the same form where no replica does.
- A session is a cookie. Whoever sends none and needs none gets one from \`GET /\` or \`POST /session\`.
- What has an \`ETag\` takes \`If-Match\` and \`If-None-Match\`: 412 where it has changed meanwhile, 304 where it has not.
- Requests with an \`Idempotency-Key\`, where one is taken, are done once however often they are sent.
- \`HEAD\` answers as \`GET\` without a body, and has no effect. Another method on a path that is known is 405, with \`Allow\`.`;

export const TAGS = {
  visits: 'A counter of this session and one of all, moved by every visit',
  sessions: 'The session of the caller: its fields, its end, a new id for it',
  values: 'Shared values by key, with versions and conditions',
  counters: 'Shared counters, also by windows of time',
  jobs: 'Work for the workers: put in, looked at, cancelled, put back',
  whoami: 'Which replica answers',
  quickstart: 'Demo endpoints for a first look with curl; off in production',
  diagnostics: 'What an edge proxy does to headers, streams and large bodies; off unless DIAGNOSTIC_ROUTES',
};
