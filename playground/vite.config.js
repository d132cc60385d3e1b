import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    // Everything below this folder carries a hash in its name; the server lets browsers keep it for ever.
    assetsDir: 'assets/immutable',
    // A strict content security policy has no room for data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
  },
  worker: { format: 'es' },
});
