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
  // `<name>` in a text is not a component, so the picture of the README (light or dark) is shown as an image of markdown.
  markdown: {
    html: false,
    config: (md) =>
      md.core.ruler.before('block', 'picture', (state) => {
        state.src = state.src.replace(
          /<picture>[\s\S]*?<img src="([^"]*)"[^>]*? alt="([^"]*)"[\s\S]*?<\/picture>/g,
          '![$2]($1)',
        );
      }),
  },
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
          link('Drains: credentials and limits', 'drain/SECURITY'),
          {
            text: 'Drains: who sends',
            collapsed: true,
            items: [
              link('Heroku', 'drain/HEROKU'),
              link('Vercel', 'drain/VERCEL'),
              link('Fastly', 'drain/FASTLY'),
              link('Cloudflare', 'drain/CLOUDFLARE'),
              link('Amazon Data Firehose', 'drain/FIREHOSE'),
              link('OpenTelemetry', 'drain/OTLP'),
              link('Syslog', 'drain/SYSLOG'),
              link('Log shippers', 'drain/SHIPPERS'),
              link('Logging libraries', 'drain/LIBRARIES'),
              link('JSON', 'drain/JSON'),
              link('Measurements in lines', 'drain/TOKENS'),
            ],
          },
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
