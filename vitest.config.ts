import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/helper/setup.ts'],
    // For what hangs. A test that waits gives up after 20 s and says what for; one that reckons takes long where the cores are busy.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'frontends/**/*.ts', 'backends/**/*.ts'],
      // These run only in processes and threads of their own, driven by the end-to-end tests.
      exclude: [
        'src/cli.ts',
        'src/start.ts',
        'src/server.ts',
        'src/dispatch/thread.ts',
        'src/receive/spawn.ts',
        'src/receive/thread.ts',
        'src/config/write-schema.ts',
        // These run in browsers, driven by test/e2e/live-page.test.ts, and in the build.
        'backends/live/page/**',
        'backends/live/copy-page.ts',
        // Compiled to WebAssembly: driven by test/aggregate/plane.test.ts, but seen by no coverage tool.
        'src/aggregate/assembly/**',
      ],
      thresholds: { lines: 90 },
    },
  },
});
