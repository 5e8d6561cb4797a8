import { createClient } from '@hey-api/openapi-ts';

/** `node generate-client.ts <document> <folder>`: a client in TypeScript, of nothing but the document. */
const [input = '', path = ''] = process.argv.slice(2);
await createClient({ input, output: { path }, logs: { level: 'silent', file: false } });
