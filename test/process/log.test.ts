import { describe, expect, it } from 'vitest';
import { createLogger, type ProcessLogger } from '../../src/process/log.ts';

/** What is written on a pipe (`json`), a terminal, or a terminal with colours. */
function lines(where: 'json' | 'text' | 'color', use: (log: ProcessLogger) => void): string[] {
  const written: string[] = [];
  const now = () => new Date('2026-01-02T03:04:05.678Z');
  const output = { terminal: where !== 'json', color: where === 'color', now };
  use(createLogger({ ...output, write: (line) => written.push(line) }));
  return written;
}

describe('log', () => {
  it('writes one JSON object per line', () => {
    const [line] = lines('json', (log) => log.child({ backend: 'a' }).warn('send failed', { waiting: 2 }));
    const time = '2026-01-02T03:04:05.678Z';
    expect(line?.endsWith('\n')).toBe(true);
    expect(JSON.parse(line!)).toEqual({ time, level: 'warn', msg: 'send failed', backend: 'a', waiting: 2 });
  });

  it('writes fields behind the message for people, quoted where they hold blanks', () => {
    const fields = { addresses: ['udp://127.0.0.1:8125', 'x'], reason: 'port in use', ok: true };
    const [line] = lines('text', (log) => log.info('ready', fields));
    expect(line).toBe('03:04:05Z info  ready addresses=[udp://127.0.0.1:8125, x] reason="port in use" ok=true\n');
  });

  it('colours level and fields on a terminal', () => {
    const [line] = lines('color', (log) => log.error('gone', { a: 1 }));
    expect(line).toBe('\u001b[2m03:04:05Z\u001b[0m \u001b[31merror\u001b[0m gone \u001b[2ma=1\u001b[0m\n');
  });

  it.each(['text', 'color'] as const)('lets no input command the terminal or forge a line (%s)', (format) => {
    const [line] = lines(format, (log) => log.info('a\u001b[31mb\nc', { name: 'x\u001b]0;t\u0007\ny' }));
    expect(line?.split('\n')).toHaveLength(2);
    expect(line?.split('\u001b')).toHaveLength(format === 'color' ? 7 : 1);
  });

  it('lets no input command the terminal that shows JSON lines', () => {
    const text = 'a\u001b[31m\u009b31m\u007f\u202eb';
    const [line] = lines('json', (log) => log.info(text, { name: text }));
    expect(line).toMatch(/^[\x20-\x7e]*\n$/);
    expect(JSON.parse(line!)).toMatchObject({ msg: text, name: text });
  });

  it('leaves out what is below the level, of all loggers that were made from one', () => {
    const written = lines('text', (log) => {
      const child = log.child({ backend: 'a' });
      log.configure({ level: 'warn', format: 'auto' });
      child.info('no');
      child.warn('yes');
      log.child({ frontend: 'b' }).error('yes');
    });
    expect(written).toEqual(['03:04:05Z warn  yes backend=a\n', '03:04:05Z error yes frontend=b\n']);
  });

  it.each([
    ['json', 'text', '03:04:05Z info  a\n'],
    ['text', 'json', '{"time":"2026-01-02T03:04:05.678Z","level":"info","msg":"a"}\n'],
    ['json', 'auto', '{"time":"2026-01-02T03:04:05.678Z","level":"info","msg":"a"}\n'],
  ] as const)('on %s with the format %s', (where, format, expected) => {
    const written = lines(where, (log) => {
      log.configure({ level: 'info', format });
      log.info('a');
    });
    expect(written).toEqual([expected]);
  });
});
