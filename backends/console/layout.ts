import { fittingLabel, type Label, labelColumns, sharedTags, wholeLabel } from './label.ts';
import { type Style, styleFor } from './style.ts';
import { type Column, type Row, type Table, TITLES } from './tables.ts';

/** A name is not long for its neighbours up to this width, or where nine of ten are not much shorter. */
const MODEST = 32;

/** The numbers of all tables begin at the same place, unless names need more than this. */
const ALIGNED = 40;

/** Names are padded to this width at most where there is no terminal; a longer one shifts its own row only. */
const LABEL_LIMIT = 120;

/** What is left for names in a terminal, however narrow it is. */
const LABEL_MINIMUM = 13;

/** Share of a terminal that names may need, before columns are left out for them. */
const LABEL_SHARE = 0.55;

const GAP = '  ';

/**
 * Each table as lines: names to the left, numbers to the right. `columns`: width of the terminal, into which columns are left out
 * and names cut to fit; `undefined`: all of it is shown.
 */
export function layOut(tables: readonly Table[], columns: number | undefined, style: Style): readonly string[] {
  const needs = tables.map(needOf);
  const widest = Math.max(0, ...needs.map(({ usual, longest }) => (columns === undefined ? usual : longest)));
  const aligned = Math.min(widest, ALIGNED);
  return tables.map((table, index) => {
    const { usual, longest } = needs[index]!;
    if (columns === undefined)
      return tableText(table, Math.min(Math.max(usual, aligned), LABEL_LIMIT), undefined, style);
    const fitting = withoutSome(table, columns, Math.min(usual, Math.floor(columns * LABEL_SHARE)));
    const room = Math.max(LABEL_MINIMUM, columns - cellsWidth(fitting));
    const width = Math.min(Math.max(longest, aligned), room);
    return tableText(fitting, width, width, style);
  });
}

/** Columns that the names of a table take. */
interface Need {
  /** Without those that are long for their neighbours. */
  readonly usual: number;
  /** With those, as far as it costs their neighbours little. */
  readonly longest: number;
}

function needOf({ type, rows }: Table): Need {
  const title = TITLES[type].length;
  const lengths = rows.map((row) => labelColumns(wholeLabel(row))).sort((a, b) => a - b);
  const nineOfTen = lengths[Math.floor(0.9 * (lengths.length - 1))] ?? 0;
  const modest = Math.max(MODEST, Math.floor(1.25 * nineOfTen));
  const usual = Math.max(title, lengths.findLast((length) => length <= modest) ?? 0);
  return { usual, longest: Math.max(usual, Math.min(lengths.at(-1) ?? 0, modest)) };
}

/** `table` with as many columns as leave `labelWidth` for the names. */
function withoutSome(table: Table, columns: number, labelWidth: number): Table {
  let fitting = table;
  for (const column of leastFirst(table.columns)) {
    if (cellsWidth(fitting) + labelWidth <= columns) break;
    fitting = without(fitting, column);
  }
  return fitting;
}

/** All but the first, the one that is missed least at the beginning. */
function leastFirst(columns: readonly Column[]): readonly Column[] {
  const percentiles = columns
    .filter((column) => /^p\d/.test(column))
    .sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
  const [highest, ...lower] = percentiles;
  const order = ['stddev', 'min', 'change', 'mean', ...lower, 'median', highest, 'max', 'rate/s'];
  return order.filter((column): column is Column => columns.includes(column as Column));
}

function without(table: Table, column: Column): Table {
  const index = table.columns.indexOf(column);
  const others = <T>(list: readonly T[]) => list.filter((_, c) => c !== index);
  const rows = table.rows.map((row) => ({ ...row, cells: others(row.cells) }));
  return { ...table, columns: others(table.columns), rows };
}

/** `cut`: longer labels are cut to this; `undefined`: none is. */
function tableText(table: Table, labelWidth: number, cut: number | undefined, style: Style): string {
  const cells = cellWidths(table);
  const head =
    TITLES[table.type].padEnd(labelWidth) + table.columns.map((name, c) => rightAlign(name, cells[c])).join('');
  const shared = sharedTags(table.rows);
  const rows = table.rows.map((row) => {
    const label = cut === undefined ? wholeLabel(row) : fittingLabel(row, cut, shared.get(row.name));
    return rowText(row, label, table.columns, { cells, labelWidth }, style);
  });
  const more = table.more > 0 ? [style.dim(`… and ${table.more} more`)] : [];
  return [style.bold(head), ...rows, ...more].map((line) => `${line}\n`).join('');
}

interface Widths {
  readonly cells: readonly number[];
  readonly labelWidth: number;
}

function rowText(
  row: Row,
  label: Label,
  columns: readonly Column[],
  { cells, labelWidth }: Widths,
  rowStyle: Style,
): string {
  const style = row.updated ? rowStyle : styleFor(false);
  const padding = ' '.repeat(Math.max(0, labelWidth - labelColumns(label)));
  const numbers = row.cells.map((cell, c) => {
    const aligned = rightAlign(cell, cells[c]);
    if (columns[c] !== 'change' || cell === '') return aligned;
    return cell.startsWith('+') ? style.up(aligned) : style.down(aligned);
  });
  const line = (label.name + style.dim(label.tags) + padding + numbers.join('')).trimEnd();
  return row.updated ? line : rowStyle.dim(line);
}

function cellsWidth(table: Table): number {
  return cellWidths(table).reduce((sum, width) => sum + GAP.length + width, 0);
}

function cellWidths({ columns, rows }: Table): readonly number[] {
  return columns.map((name, c) => rows.reduce((width, row) => Math.max(width, row.cells[c]?.length ?? 0), name.length));
}

function rightAlign(text: string, width = 0): string {
  return GAP + text.padStart(width);
}
