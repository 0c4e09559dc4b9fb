import { chmodSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { defineConfig } from 'rolldown';

/**
 * Puts what `npm run build` has compiled for a run into fewer files: with UDP and console that is 190 ms to `ready` instead of 254 (Node 20),
 * most of which Node needed to find and read 250 modules, in two threads at once.
 * Everything else in `dist/` stays a file of its own, so that a plug-in finds `statsdrain/kit/*` where it was.
 */
const dist = resolve('dist');

/** The programs of the process and its threads, by the paths by which others start them. */
const entries = {
  'src/cli': 'src/start.js',
  'src/dispatch/thread': 'src/dispatch/thread.js',
  'src/receive/thread': 'src/receive/thread.js',
};

/** Of npm's packages only the one that each start needs: the others can be updated without us. */
const inside = /^zod(\/|$)/;

/** Stands for the path of `dist/` from a file of the bundle, until it is known which file that is. */
const TO_DIST = '@dist@/';

export default defineConfig({
  input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, resolve(dist, file)])),
  platform: 'node',
  external: (id) => /^[a-z@]/.test(id) && !inside.test(id),
  plugins: [
    {
      // 50 translations of zod's messages, none of which is ever shown: 270 of the 410 kB of their file.
      name: 'zod speaks English',
      load(id) {
        return id.endsWith('/zod/v4/locales/index.js') ? "export { default as en } from './en.js';" : undefined;
      },
    },
    {
      name: 'modules find their neighbours from where they were',
      transform(code, id) {
        if (!code.includes('import.meta.url') || id.includes('/node_modules/')) return undefined;
        return code.replaceAll('import.meta.url', `new URL('${TO_DIST}${relative(dist, id)}', import.meta.url).href`);
      },
      renderChunk(code, { fileName }) {
        return code.replaceAll(TO_DIST, `${relative(dirname(fileName), '.')}/`);
      },
      generateBundle() {
        this.emitFile({ type: 'asset', fileName: 'run/zod.LICENSE', source: readFileSync('node_modules/zod/LICENSE') });
      },
      // npm does so when it links a command, and not again for a clone at the same path: `npx statsdrain` was not permitted there.
      writeBundle() {
        chmodSync(resolve(dist, 'src/cli.js'), 0o755);
      },
    },
  ],
  output: {
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    // Without a hash of what is in it: of an older one nothing is left in the cache of compiled code.
    chunkFileNames: 'run/[name].js',
  },
});
