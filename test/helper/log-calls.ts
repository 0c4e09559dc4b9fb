import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rolldown/parseAst';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface LogCall {
  readonly level: 'info' | 'warn' | 'error';
  /** With `…` for the parts that vary. */
  readonly message: string;
  /** From the project's root. */
  readonly file: string;
}

/** A node of the syntax tree (ESTree), as far as it is read here. */
interface Syntax {
  readonly type: string;
  readonly [field: string]: unknown;
}

const levels: ReadonlyMap<unknown, LogCall['level']> = new Map([
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
]);

/** All calls of a logger in the sources, one for each text. Calls with a text from elsewhere, whole, are left out. */
export function logCalls(): LogCall[] {
  return ['src', 'frontends', 'backends'].flatMap((folder) => {
    const entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    return entries.filter((entry) => entry.endsWith('.ts')).flatMap((entry) => callsIn(join(folder, entry)));
  });
}

function callsIn(file: string): LogCall[] {
  const code = readFileSync(join(root, file), 'utf8');
  if (!/\blog/i.test(code) || file.startsWith('src/aggregate/assembly/')) return [];
  const calls: LogCall[] = [];
  visit(parseAst(code, { lang: 'ts' }, file) as unknown as Syntax, (node) => {
    if (node.type !== 'CallExpression') return;
    const callee = node.callee as Syntax;
    if (callee.type !== 'MemberExpression') return;
    const level = levels.get((callee.property as Syntax).name);
    if (level === undefined || !/^log$|Log(ger)?$/.test(nameOf(callee.object as Syntax))) return;
    const [text] = node.arguments as Syntax[];
    for (const message of text === undefined ? [] : textsOf(text)) {
      if (/[a-z]{3}/.test(message)) calls.push({ level, message, file });
    }
  });
  return calls;
}

function visit(node: Syntax, see: (node: Syntax) => void): void {
  see(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && 'type' in child) visit(child as Syntax, see);
    }
  }
}

/** `log` of `context.log` and of `log`. */
function nameOf(node: Syntax): string {
  const name = node.type === 'MemberExpression' ? (node.property as Syntax).name : node.name;
  return typeof name === 'string' ? name : '';
}

/** What an expression may say. */
function textsOf(node: Syntax): string[] {
  if (node.type === 'Literal') return [String(node.value)];
  if (node.type === 'ConditionalExpression') {
    return [...textsOf(node.consequent as Syntax), ...textsOf(node.alternate as Syntax)];
  }
  if (node.type === 'BinaryExpression') {
    const ends = textsOf(node.right as Syntax);
    return textsOf(node.left as Syntax).flatMap((text) => ends.map((end) => text + end));
  }
  if (node.type !== 'TemplateLiteral') return ['…'];
  const texts = (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked);
  return [texts.join('…').replace(/…+/g, '…')];
}
