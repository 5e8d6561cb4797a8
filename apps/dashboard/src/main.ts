import { createApp } from 'vue';
import App from './App.vue';
import type { Backend } from './backends/backend.ts';
import { createHttpBackend } from './backends/http.ts';
import { type Clock, browserClock } from './browser/clock.ts';
import { createFleet } from './state/fleet.ts';
import { documentVisibility } from './browser/visibility.ts';
import './style.css';

const OUTAGE_FROM_MS = 6_000;
const OUTAGE_TO_MS = 16_000;

/** `?demo` shows a fleet in memory, `?demo=outage` one whose Redis is unreachable for ten seconds. */
async function chooseBackend(clock: Clock): Promise<Backend> {
  const demo = new URLSearchParams(location.search).get('demo');
  if (demo === null)
    return createHttpBackend({
      base: new URL('.', document.baseURI),
      fetch: (input, init) => fetch(input, init),
      clock,
    });
  const { createDemoBackend } = await import('./backends/demo.ts');
  const backend = createDemoBackend(clock);
  if (demo === 'outage') {
    clock.after(OUTAGE_FROM_MS, () => backend.setRedisDown(true));
    clock.after(OUTAGE_TO_MS, () => backend.setRedisDown(false));
  }
  return backend;
}

/** 128 random bits as hex. `crypto.randomUUID` exists only in secure contexts, and a fleet is often shown over http. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const backend = await chooseBackend(browserClock);
const fleet = createFleet({ backend, clock: browserClock, visibility: documentVisibility(document), newKey });
createApp(App, { fleet }).mount('#app');
