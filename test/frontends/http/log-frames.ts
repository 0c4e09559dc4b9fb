import type { RecordingIntake } from '../../helper/intake.ts';

/** A message as Logplex writes it: RFC 5424 without STRUCTURED-DATA. */
export function message(app: string, process: string, text: string): string {
  return `<190>1 2024-05-01T10:00:01.050000+00:00 host ${app} ${process} - ${text}`;
}

/** A body of messages with octet counting. */
export function frames(...messages: readonly string[]): Buffer {
  return Buffer.concat(
    messages.map((text) => {
      const bytes = Buffer.from(text);
      return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
    }),
  );
}

/** Everything that arrived, one string each: `type name value tags`. */
export function found(intake: RecordingIntake): string[] {
  const line = (...fields: readonly (string | number | undefined)[]) =>
    fields.filter((field) => field !== undefined).join(' ');
  return [
    ...intake.samples.map(({ type, name, value, tags }) => line(type, name, value, tags)),
    ...intake.members.map(({ name, member, tags }) => line('set', name, member, tags)),
  ];
}
