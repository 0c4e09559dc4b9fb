import type { Encoder, Exemplar, Family } from './encoder.ts';
import type { Escaping } from './escaping.ts';
import { escapedPairs, labelText, writtenName } from './labels.ts';
import { createLineEncoder, type FamilyLines } from './lines.ts';
import { canonicalNumber, valueText } from './numbers.ts';

export interface OpenMetricsOptions {
  readonly escaping: Escaping;
  /**
   * Also write `_created` samples. A Prometheus that does not take them for what they are keeps each as a series of its
   * own, which is why github.com/prometheus/common writes none unless it is told to.
   */
  readonly created: boolean;
  /** Whether a family of this name is on the page. */
  has(name: string): boolean;
}

const TOTAL = '_total';

/** Characters in the names and values of the labels of one exemplar. */
const EXEMPLAR_LENGTH = 128;

/**
 * OpenMetrics 1.0.0, and 0.0.1, which is the same text. https://prometheus.io/docs/specs/om/open_metrics_spec/
 *
 * A counter is called `x_total` there, and its family `x`. One that is not called so keeps its name, since dashboards ask
 * for it, and is of type `unknown`: so does github.com/prometheus/common. So is one whose family would take the name of
 * another that is on the page. What is `unknown` may have neither `_created` nor exemplars.
 *
 * Counts are whole numbers there: those of sampled values are rounded, each for itself, so that they stay in order and are
 * never wrong by more than a half.
 */
export function createOpenMetricsEncoder(options: OpenMetricsOptions): Encoder {
  const { escaping } = options;
  let takesExemplars = false;
  return createLineEncoder({
    escaping,
    family(family, name) {
      const lines = familyLines(family, name, options);
      takesExemplars = !lines.isUnknown;
      return lines;
    },
    labelNumber: canonicalNumber,
    countText: (value) => valueText(Math.round(value)),
    exemplar: (exemplar) => (takesExemplars ? exemplarText(exemplar, escaping) : ''),
    end: '# EOF\n',
  });
}

function familyLines(
  family: Family,
  name: string,
  { created, has }: OpenMetricsOptions,
): FamilyLines & { readonly isUnknown: boolean } {
  const isCounter = family.type === 'counter';
  const base = isCounter ? family.name.slice(0, -TOTAL.length) : family.name;
  const isUnknown = isCounter && (base === '' || !family.name.endsWith(TOTAL) || has(base));
  const own = isCounter && !isUnknown ? name.slice(0, -TOTAL.length) : name;
  const written = writtenName(own);
  const helpLine = family.help === '' ? '' : `# HELP ${written} ${escapeHelp(family.help)}\n`;
  const began = created && family.type !== 'gauge' && !isUnknown && !has(`${base}_created`);
  return {
    head: `${helpLine}# TYPE ${written} ${isUnknown ? 'unknown' : family.type}\n`,
    name,
    created: began ? `${own}_created` : undefined,
    isUnknown,
  };
}

/** One without labels tells nothing, and one with too many is not allowed. */
function exemplarText({ pairs, value, timestampMs }: Exemplar, escaping: Escaping): string {
  const labels = escapedPairs(pairs, escaping);
  let length = 0;
  for (const pair of labels) for (const _ of pair) length++;
  // Less the colons.
  if (labels.length === 0 || length - labels.length > EXEMPLAR_LENGTH) return '';
  return ` # {${labelText(labels)}} ${valueText(value)} ${timestampMs / 1000}`;
}

function escapeHelp(help: string): string {
  return help.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
}
