import { describe, expect, it } from 'vitest';
import { decodeFamilies } from '../backends/prometheus/exposition/client-model.ts';
import { jsonConsole, type Server, startServer } from '../helper/process.ts';
import { sendUdp } from '../helper/send.ts';

const config = {
  flushInterval: '1s',
  frontends: [{ type: 'udp', port: 0 }],
  backends: [
    jsonConsole,
    { type: 'prometheus', port: 0, observer: 'histogram', buckets: [0.1, 0.25], exemplarTags: ['trace_id', 'span_id'] },
  ],
};

const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0';
const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

async function scrape(server: Server, accept: string): Promise<Buffer> {
  const url = `http://127.0.0.1:${server.port('prometheus')}/metrics`;
  const response = await fetch(url, { headers: { accept } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain(accept.split(';')[0]);
  return Buffer.from(await response.arrayBuffer());
}

/** The lines of OpenMetrics whose names begin so, once there are some with `text`. */
async function linesWith(server: Server, name: string, text: string): Promise<string[]> {
  let lines: string[] = [];
  const read = async () => {
    const page = (await scrape(server, OPEN_METRICS)).toString();
    lines = page.split('\n').filter((line) => line.startsWith(name) && !line.startsWith(`${name}_created`));
    return lines.join('\n');
  };
  await expect.poll(read, { timeout: 10_000, interval: 100 }).toContain(text);
  return lines;
}

/** Without the time of an exemplar, which must be one of the last minute. */
function timeless(line: string): string {
  const [, before, seconds] = /^(.* # \{.*\} \S+) (\S+)$/.exec(line) ?? [];
  if (before === undefined) return line;
  const age = Date.now() / 1000 - Number(seconds);
  return age >= 0 && age < 60 ? before : line;
}

describe('exemplars of a page', () => {
  it('are in the bucket of their value, or at a counter, and the last one of a bucket stays', async () => {
    const server = await startServer(config);
    await sendUdp(
      server.port('udp'),
      'lat:0.12|h|#route:/a,trace_id:abc\nlat:0.2|h|#route:/a,trace_id:first\nlat:0.2|h|#span_id:1,trace_id:last,route:/a',
      'lat:9|h|#route:/a\nt:80|ms|#trace_id:t\nhits_total:3|c|#trace_id:c\nend:1|d',
    );
    await linesWith(server, 'end', 'end_count 1');
    const lines = await linesWith(server, 'lat', 'lat_count');
    expect(lines.map(timeless)).toEqual([
      'lat_bucket{route="/a",le="0.1"} 0',
      'lat_bucket{route="/a",le="0.25"} 3 # {span_id="1",trace_id="last"} 0.2',
      'lat_bucket{route="/a",le="+Inf"} 4',
      'lat_sum{route="/a"} 9.52',
      'lat_count{route="/a"} 4',
    ]);
    expect((await linesWith(server, 't_bucket', 't_bucket')).map(timeless)[0]).toBe(
      't_bucket{le="0.1"} 1 # {trace_id="t"} 0.08',
    );
    expect((await linesWith(server, 'hits_total', 'hits')).map(timeless)).toEqual(['hits_total 3 # {trace_id="c"} 3']);

    const families = decodeFamilies(await scrape(server, PROTOBUF));
    const [metric] = families.find(({ name }) => name === 'lat')!.metric;
    expect(metric!.label).toEqual([{ name: 'route', value: '/a' }]);
    expect(metric!.histogram!.bucket.map(({ upperBound, exemplar }) => [upperBound, exemplar?.value])).toEqual([
      [0.1, undefined],
      [0.25, 0.2],
    ]);
    expect(metric!.histogram!.bucket[1]!.exemplar!.label).toEqual([
      { name: 'span_id', value: '1' },
      { name: 'trace_id', value: 'last' },
    ]);
    const [counter] = families.find(({ name }) => name === 'hits_total')!.metric;
    expect(counter!.counter!.exemplar).toMatchObject({ label: [{ name: 'trace_id', value: 'c' }], value: 3 });
    expect(await server.stop()).toBe(0);
  });

  it('a thousand traces are one series there', async () => {
    const server = await startServer(config);
    const lines = Array.from({ length: 1000 }, (_, i) => `lat:0.12|h|#route:/a,trace_id:abc${i}`);
    const datagrams = Array.from({ length: 50 }, (_, i) => lines.slice(i * 20, i * 20 + 20).join('\n'));
    await sendUdp(server.port('udp'), ...datagrams);
    const page = await linesWith(server, 'lat', 'lat_count{route="/a"} 1000');
    expect(page.filter((line) => line.startsWith('lat_count'))).toEqual(['lat_count{route="/a"} 1000']);
    expect(timeless(page[1]!)).toBe('lat_bucket{route="/a",le="0.25"} 1000 # {trace_id="abc999"} 0.12');
    expect(await server.stop()).toBe(0);
  });
});
