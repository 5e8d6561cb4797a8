import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { precompressed } from '../../tools/vite.precompressed.mjs';

const gateway = process.env.GATEWAY_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the page also works below a prefix of the edge proxy.
  base: './',
  plugins: [vue(), precompressed()],
  server: { host: '127.0.0.1', proxy: { '/api': gateway, '/topology': gateway, '/whoami': gateway, '/docs': gateway } },
  preview: { host: '127.0.0.1' },
  build: {
    outDir: '../../dist/apps/dashboard',
    emptyOutDir: true,
    sourcemap: true,
    target: 'es2022',
    // The gateway's CSP forbids eval. Zod probes for it when a schema is made, which a strict CSP reports as a violation
    // even though the throw is caught; this has to run before the first schema, in whatever chunk that lands.
    rolldownOptions: { output: { intro: '(globalThis.__zod_globalConfig ??= {}).jitless = true;' } },
  },
});
