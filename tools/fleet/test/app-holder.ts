import { appProcess } from '../src/serve/app-process.ts';

// Serves one script as the dev server does, until it is killed: node app-holder.ts <script>.
const app = appProcess({
  name: 'app',
  script: process.argv[2] ?? '',
  env: process.env,
  killAfterMs: 30_000,
  say: (line) => console.log(line),
});
await app.restart();
setInterval(() => undefined, 60_000);
