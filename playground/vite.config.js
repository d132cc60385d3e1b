import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

// The program holds the assets as browsers take them, packed by gzip under their own names: a quarter of the bytes.
const packed = {
  name: 'packed',
  writeBundle({ dir }) {
    for (const file of readdirSync(join(dir, 'assets'), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      writeFileSync(path, gzipSync(readFileSync(path), { level: 9 }));
    }
  },
};

export default defineConfig({
  base: './',
  plugins: [packed],
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
