import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const link = (text, page) => ({ text, link: `/docs/${page}` });

/** The pages of `docs/` in the order of reading, with the README before them. A link that leads nowhere fails the build. */
export default defineConfig({
  title: 'statsdrain',
  description: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).description,
  srcDir: 'pages',
  rewrites: { 'README.md': 'index.md' },
  lastUpdated: false,
  // `<name>` in a text is not a component.
  markdown: { html: false },
  // Files of the repository that are no pages.
  ignoreDeadLinks: [/\.(json|js|ts|sh|yml)$/, /\/(deploy|examples|test|src|bench|frontends|backends)(\/|$)/, /LICENSE/],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      {
        text: 'Start',
        items: [
          { text: 'What it is, and how to begin', link: '/' },
          link('The live page', 'LIVE'),
          link('Commands', 'COMMANDS'),
        ],
      },
      {
        text: 'Running it',
        items: [
          link('Deploy', 'DEPLOY'),
          link('systemd and upgrades', 'DEPLOY-SYSTEMD'),
          link('Operations', 'OPERATIONS'),
          link('The log', 'LOG'),
          link('Metrics of its own', 'METRICS'),
          link('Spool', 'SPOOL'),
        ],
      },
      {
        text: 'What comes in',
        items: [
          link('Log drains', 'DRAIN'),
          link('Drains: rules', 'drain/RULES'),
          link('Drains: debugging', 'drain/DEBUGGING'),
          link('Names and tags', 'MAPPING'),
        ],
      },
      {
        text: 'Where it goes',
        items: [link('Datadog', 'DATADOG'), link('Prometheus', 'PROMETHEUS'), link('Remote write', 'REMOTE-WRITE')],
      },
      {
        text: 'Instead of',
        items: [link('StatsD', 'REPLACING-STATSD'), link('statsd_exporter', 'REPLACING-STATSD-EXPORTER')],
      },
      {
        text: 'Inside',
        items: [
          link('Plug-ins', 'PLUGINS'),
          link('Architecture', 'ARCHITECTURE'),
          link('Benchmarks', 'BENCHMARKS'),
          { text: 'Contributing', link: '/CONTRIBUTING' },
          { text: 'Changes', link: '/CHANGELOG' },
        ],
      },
    ],
  },
});
