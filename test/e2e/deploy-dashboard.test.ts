import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { findProgram } from '../helper/components.ts';
import { startServer } from '../helper/process.ts';
import { startPrometheus } from '../helper/real-prometheus.ts';
import { openSteadyLoad } from '../helper/steady-load.ts';

const prometheus = process.env.PROMETHEUS ?? findProgram('prometheus');

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const text = readFileSync(new URL('../../deploy/grafana/statsdrain.json', import.meta.url), 'utf8');
const dashboard = JSON.parse(text) as Dashboard;
const charts = dashboard.panels.filter(({ type }) => type !== 'row');

/** What Grafana puts in their place, for a scrape each second. */
const variables = new Map([
  ['$job', '.*'],
  ['$instance', '.*'],
  ['$__rate_interval', '10s'],
  ['$__interval', '5s'],
]);

function filled(query: string): string {
  return query.replace(/\$\w+/g, (name) => {
    const value = variables.get(name);
    if (value === undefined) throw new Error(`${query}: no variable ${name}`);
    return value;
  });
}

test('each panel of the dashboard has a place of its own, a description and queries', () => {
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(charts.length).toBeGreaterThan(20);
  for (const { title, description, targets } of charts) {
    expect(description, title).toMatch(/\.$/);
    expect(targets?.length, title).toBeGreaterThan(0);
  }
});

describe.skipIf(prometheus === undefined)('a real Prometheus that scrapes a server under load', () => {
  test('has data for every query of the dashboard', async () => {
    const [udp, page, nobody, own] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    await startServer({
      flushInterval: '1s',
      spool: { path: './spool' },
      retry: { min: '100ms' },
      frontends: [
        { type: 'udp', port: udp },
        { type: 'http', port: 0 },
      ],
      backends: [
        { type: 'prometheus', port: page },
        { type: 'graphite', host: '127.0.0.1', port: nobody },
      ],
    });
    const scraper = await startPrometheus(prometheus!, own, [{ name: 'statsdrain', page }], []);
    const load = await openSteadyLoad(udp);
    // Until all is asked: a rate is that of the last seconds. Two types under one name of the page, and what cannot be read: items that are left
    // out, and rejected lines.
    let isAsking = true;
    const sending = (async () => {
      const endMs = performance.now() + 60_000;
      while (isAsking && performance.now() < endMs) {
        for (const line of ['odd.kind:1|c', 'odd_kind:1|g', 'no value', 'odd:1|q']) load.once(line, 1);
        await load.run(200);
      }
    })();
    onTestFinished(async () => {
      isAsking = false;
      await sending;
      load.close();
    });
    await sleep(6000);

    const queries = charts.flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }) => ({ title: `${title} ${refId}`, expr })),
    );
    for (const { title, expr } of queries) {
      await expect
        .poll(async () => (await scraper.ask(filled(expr))).length, { timeout: 10_000, interval: 250, message: title })
        .toBeGreaterThan(0);
    }
    // Its data are what happened.
    const amountOf = async (title: string) => {
      const found = queries.find((one) => one.title === title);
      return (await scraper.ask(filled(found!.expr)))[0]!.points[0]![1];
    };
    expect(await amountOf('Rejected A')).toBeGreaterThan(0.02);
    expect(await amountOf('Lanes down A')).toBe(1);
    expect(await amountOf('Lost in the last hour A')).toBe(0);
    // Nothing where nothing restarted: asked only whether it can be.
    for (const { expr } of dashboard.annotations.list) await scraper.ask(filled(expr));
    const labels = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);
    expect(labels).toHaveLength(2);
    for (const definition of labels) {
      const [, series, label] = /^label_values\((.*), (\w+)\)$/.exec(definition)!;
      expect((await scraper.ask(filled(series!))).map((answer) => answer.labels[label!] !== undefined)).toEqual([true]);
    }
  }, 60_000);
});
