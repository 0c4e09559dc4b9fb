/** Columns that every terminal has. */
export const COLUMNS = 80;

/** A text in lines of at most `width` characters, words longer than that aside; all but the first are indented by `indent` spaces, the first as it is. */
export function wrap(text: string, width: number, indent = 0): string {
  const [start = ''] = /^ */.exec(text) ?? [];
  const lines: string[] = [];
  let line = start;
  let isEmpty = true;
  for (const word of text.slice(start.length).split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    } else line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}

/** Paragraphs with empty lines between them, each filled anew; indented lines stay lines of their own. */
export function fill(text: string): string {
  return text
    .trimEnd()
    .split('\n\n')
    .map((paragraph) =>
      paragraph
        .replace(/\n(?! )/g, ' ')
        .split('\n')
        .map((line) => wrapRow(line))
        .join('\n'),
    )
    .join('\n\n');
}

/** `  word   what it means` goes on below what it means. */
function wrapRow(line: string): string {
  const [, head = '', rest = line] = /^( +\S+(?: \S+)* {2,})(.*)$/.exec(line) ?? [];
  return head + wrap(rest, COLUMNS - head.length).replaceAll('\n', `\n${' '.repeat(head.length)}`);
}

/** Rows of two columns, indented by two. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([head]) => head.length));
  const indent = width + 4;
  return rows
    .map(([head, text]) => {
      const said = wrap(text, COLUMNS - indent).replaceAll('\n', `\n${' '.repeat(indent)}`);
      return `  ${head.padEnd(width)}  ${said}\n`;
    })
    .join('');
}
