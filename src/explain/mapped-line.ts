import { tagStyles } from '../config/frontend-rules.ts';
import type { ExporterStage } from '../config/mapping-rules.ts';
import { defaultSettings } from '../config/settings.ts';
import { escapeName } from '../kit/prometheus-name.ts';
import { tagsWithHost } from '../kit/tags.ts';
import { createMapping } from '../mapping/mapping.ts';
import type { MetricType } from '../plugin.ts';
import type { Identity } from '../protocol/identity.ts';
import { createLineReader } from './line-reader.ts';

/**
 * Tells what rules of statsd_exporter make of lines: a text for each series of a line, as a page names it, with the rule that did it, or for
 * the line where it has none. Lines are read in all styles of tags, as the exporter does.
 */
export function createLineMapper(stage: ExporterStage): (line: string) => readonly string[] {
  const read = createLineReader({ dialect: 'auto', rules: { tagStyles: [...tagStyles] } }, defaultSettings);
  const mapping = createMapping({ stages: [stage] });

  function mapped(type: MetricType, identity: Identity): string {
    const { result, steps } = mapping.explain(type, identity);
    const says = steps.map((step) => step.says).join(', ');
    return result === undefined ? `nothing; ${says}` : `${type} ${seriesText(result)}; ${says}`;
  }

  return (line) => {
    const reading = read(line);
    switch (reading.kind) {
      case 'rejected':
        return [`nothing; rejected for ${reading.reason}: ${reading.advice}`];
      case 'dropped':
        return [`nothing; dropped for ${reading.reason}`];
      case 'blank':
        return ['nothing; a blank line'];
      case 'event':
        return ['nothing; an event, which no rule is for'];
      case 'serviceCheck':
        return ['nothing; a service check, which no rule is for'];
      case 'samples':
        return reading.series.map(({ type, identity }) => mapped(type, identity));
      default: {
        const unexpected: never = reading;
        throw new Error(`no such reading of a line: ${JSON.stringify(unexpected)}`);
      }
    }
  };
}

/** `name{label="value"}` */
function seriesText(identity: Identity): string {
  const labels = tagsWithHost(identity).map((tag) => {
    const colon = tag.indexOf(':');
    const key = escapeName(colon < 0 ? tag : tag.slice(0, colon));
    return `${key}=${JSON.stringify(colon < 0 ? 'true' : tag.slice(colon + 1))}`;
  });
  const name = escapeName(identity.name);
  return labels.length === 0 ? name : `${name}{${labels.sort().join(',')}}`;
}
