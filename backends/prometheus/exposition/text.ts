import type { Encoder, Family } from './encoder.ts';
import type { Escaping } from './escaping.ts';
import { writtenName } from './labels.ts';
import { createLineEncoder } from './lines.ts';
import { goNumber, valueText } from './numbers.ts';

/**
 * The text format 0.0.4, and 1.0.0, which is the same with names of any characters in quotes: that is what `allow-utf-8`
 * gives. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function createTextEncoder(escaping: Escaping): Encoder {
  return createLineEncoder({
    escaping,
    family: (family, name) => ({ head: head(family, name), name }),
    labelNumber: goNumber,
    countText: valueText,
    exemplar: () => '',
    end: '',
  });
}

function head({ help, type }: Family, name: string): string {
  const written = writtenName(name);
  const helpLine = help === '' ? '' : `# HELP ${written} ${escapeHelp(help)}\n`;
  return `${helpLine}# TYPE ${written} ${type}\n`;
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
