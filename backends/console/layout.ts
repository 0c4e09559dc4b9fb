import { columnsOf, printable, truncate } from './escape.ts';
import { type Style, styleFor } from './style.ts';
import { type Row, type Table, TITLES } from './tables.ts';

/** Names are padded to this width at most where there is no terminal; a longer one shifts its own row only. */
const LABEL_LIMIT = 72;

/** What is left for names in a terminal, however narrow it is. */
const LABEL_MINIMUM = 20;

const GAP = '  ';

/**
 * Each table as lines: names to the left and, where they fit, of the same width in all tables; numbers to the right.
 * `columns`: width of the terminal, into which names are cut to fit; `undefined`: nothing is cut.
 */
export function layOut(tables: readonly Table[], columns: number | undefined, style: Style): readonly string[] {
  let longest = 0;
  for (const { type, rows } of tables) {
    longest = Math.max(longest, TITLES[type].length);
    for (const row of rows) longest = Math.max(longest, columnsOf(label(row)));
  }
  return tables.map((table) => {
    const cells = cellWidths(table);
    const taken = cells.reduce((sum, width) => sum + GAP.length + width, 0);
    const limit = columns === undefined ? LABEL_LIMIT : Math.max(LABEL_MINIMUM, columns - taken);
    const labelWidth = Math.min(longest, limit);
    const widths = { cells, labelWidth, cut: columns === undefined ? Number.POSITIVE_INFINITY : labelWidth };
    const head =
      pad(TITLES[table.type], labelWidth) + table.columns.map((name, c) => rightAlign(name, cells[c])).join('');
    const rows = table.rows.map((row) => layOutRow(row, table, widths, style));
    const more = table.more > 0 ? [style.dim(`… and ${table.more} more`)] : [];
    return [style.bold(head), ...rows, ...more].map((line) => `${line}\n`).join('');
  });
}

interface Widths {
  readonly cells: readonly number[];
  readonly labelWidth: number;
  /** Longer labels are cut to this. */
  readonly cut: number;
}

function layOutRow(row: Row, { columns }: Table, { cells, labelWidth, cut }: Widths, rowStyle: Style): string {
  const style = row.updated ? rowStyle : styleFor(false);
  const text = truncate(label(row), cut);
  const nameLength = printable(row.name).length;
  const name = text.slice(0, nameLength) + style.dim(text.slice(nameLength));
  const padding = ' '.repeat(Math.max(0, labelWidth - columnsOf(text)));
  const numbers = row.cells.map((cell, c) => {
    const aligned = rightAlign(cell, cells[c]);
    if (columns[c] !== 'change' || cell === '') return aligned;
    return cell.startsWith('+') ? style.up(aligned) : style.down(aligned);
  });
  const line = (name + padding + numbers.join('')).trimEnd();
  return row.updated ? line : rowStyle.dim(line);
}

function label({ name, tags }: Row): string {
  return printable([name, ...tags].join(' '));
}

function cellWidths({ columns, rows }: Table): readonly number[] {
  return columns.map((name, c) => rows.reduce((width, row) => Math.max(width, row.cells[c]?.length ?? 0), name.length));
}

function rightAlign(text: string, width = 0): string {
  return GAP + text.padStart(width);
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columnsOf(text)));
}
