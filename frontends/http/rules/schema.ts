import type { ConfigKit } from '../../../src/plugin.ts';
import { faultsOfRule } from './faults.ts';
import { metricTypes, operators, parseKinds, type RuleSet, units } from './rule-set.ts';

const MOST_RULES = 200;
const LONGEST_NAME = 64;

/** The schema of a set of rules; what is wrong beyond its shape is told too. */
export function ruleSetSchema({ z, duration }: Pick<ConfigKit, 'z' | 'duration'>) {
  const text = () => z.string().min(1);
  const oneOrMore = () =>
    z.union([text(), z.array(text()).min(1)]).transform((given) => (typeof given === 'string' ? [given] : given));
  const scalar = z.union([z.string(), z.number(), z.boolean()]);

  const when = z.strictObject({
    app: oneOrMore().optional().describe('Apps, as "?app=" or the credential names them; "*" is any text.'),
    proc: oneOrMore().optional().describe('Processes, such as "web.*"; "*" is any text.'),
    contains: oneOrMore()
      .optional()
      .describe('Texts, all of which stand in the line. They are looked for before anything else is done.'),
  });

  const condition = z.strictObject({
    field: text().describe('Field that is looked at.'),
    op: z.enum(operators).describe('How it is compared.'),
    value: z
      .union([scalar, z.array(scalar)])
      .optional()
      .describe('What it is compared with.'),
  });

  const map = z.strictObject({
    values: z.record(z.string(), z.string()).describe('What texts become.'),
    default: z.string().describe('What all other texts become.'),
  });

  const metric = z.strictObject({
    type: z
      .enum(metricTypes)
      .describe('"count" adds, "measure" is a distribution, "sample" a gauge, "unique" counts different texts.'),
    name: text().describe(
      `Name of the metric, a template: "$field" or "\${field:filter|default}" is a field of the line.`,
    ),
    value: z
      .union([z.number(), text()])
      .optional()
      .describe('A number, or a field such as "$ms"; of "unique" a template. Default of "count": 1.'),
    scale: z.number().default(1).describe('Factor for numbers that have no unit of their own.'),
    unit: z
      .enum(units)
      .optional()
      .describe(
        'Unit of such numbers, behind "scale". Times become milliseconds, sizes bytes; a "measure" of time is a timer.',
      ),
    default: z.number().optional().describe('Number where the field is missing or holds none.'),
    tags: z
      .record(z.string().regex(/^[^:,|\s]+$/, 'cannot be empty, nor have a ":", a ",", a "|" or a blank'), z.string())
      .default({})
      .describe('Tags by their keys, with values that are templates. One whose field is missing is left out.'),
  });

  const rule = z
    .strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9_.-]+$/, 'is not a name of letters, digits, "_", "." and "-"')
        .max(LONGEST_NAME)
        .describe('In logs and metrics; unique.'),
      when: when.prefault({}).describe('Lines that are looked at. Default: all.'),
      parse: z.enum(parseKinds).default('none').describe('How fields are read from a line.'),
      pattern: text()
        .optional()
        .describe('Of "parse": "pattern": text with "<name>" for a field and "<_>" for what is passed over.'),
      regex: text()
        .optional()
        .describe('Of "parse": "regex": a regular expression of Go, whose named groups are fields.'),
      missing: z
        .array(z.string())
        .default(['', '-'])
        .describe('Texts that say that a field has no value, such as "-1".'),
      where: z.array(condition).default([]).describe('What fields have to be, all of it.'),
      maps: z.record(text(), map).default({}).describe(`Tables for "\${field:map}", by the name of the field.`),
      metrics: z.array(metric).min(1).describe('What a line becomes.'),
      limits: z
        .strictObject({
          maxSeries: z
            .int()
            .min(1)
            .max(100_000)
            .default(1000)
            .describe('Series of the rule; of more, texts that depend on lines become "other".'),
          maxTagLength: z.int().min(1).max(1000).default(64).describe('Characters of the value of a tag.'),
          idle: duration()
            .default(600_000)
            .describe('Time after which a series that no line was for is forgotten, when there are new ones.'),
        })
        .prefault({})
        .describe('What a rule may cost.'),
      final: z.boolean().default(false).describe('Let nothing else read a line that this rule has read.'),
    })
    .superRefine((rule, context) => {
      for (const { path, message } of faultsOfRule(rule)) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
    });

  const test = z.strictObject({
    line: z.string().describe('A line, with or without the head of a line of syslog.'),
    app: text().optional().describe('The app that it comes from.'),
    proc: text().optional().describe('The process that it comes from, where its head names none.'),
    severity: text().optional().describe('The severity of the structured record.'),
    fields: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('The structured record that the line is the text of.'),
    expect: z.array(z.string()).describe('What it becomes, such as "measure job.time 12 job=mail".'),
  });

  return z
    .strictObject({
      _notes: z.array(z.string()).optional().describe('Notes for the reader.'),
      rules: z.array(rule).max(MOST_RULES).describe('Rules, each of which is asked about each line, in this order.'),
      tests: z.array(test).default([]).describe('Lines for "statsdrain check", with what they are to become.'),
    })
    .superRefine(({ rules }, context) => {
      for (const [index, { name }] of rules.entries()) {
        const first = rules.findIndex((other) => other.name === name);
        const message = `"${name}" is the name of rules[${first}] too; names must be unique`;
        if (first < index) context.addIssue({ code: 'custom', path: ['rules', index, 'name'], message });
      }
    })
    .transform(({ rules, tests }): RuleSet => ({ rules, tests }));
}
