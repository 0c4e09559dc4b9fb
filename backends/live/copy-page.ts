import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/kit/package.ts';

/** Puts beside the compiled page what is not compiled: `npm run build` runs it. Nothing is fetched, then or later. */
const from = join(packageRoot(), 'backends/live/page');
const packages = join(packageRoot(), 'node_modules');
const to = join(packageRoot(), 'dist/backends/live/public');

const files: readonly (readonly [source: string, name: string])[] = [
  [join(from, 'style.css'), 'style.css'],
  [join(from, 'icon.svg'), 'icon.svg'],
  [join(packages, 'htm/preact/standalone.module.js'), 'preact.js'],
  [join(packages, 'uplot/dist/uPlot.esm.js'), 'uplot.js'],
  [join(packages, 'uplot/dist/uPlot.min.css'), 'uplot.css'],
];
for (const [source, name] of files) copyFileSync(source, join(to, name));

/** What is bundled with the page keeps its terms. `htm/preact/standalone` holds Preact, too. */
const licenses: readonly (readonly [of: string, file: string])[] = [
  ['htm', join(packages, 'htm/LICENSE')],
  ['Preact', join(from, 'preact-license.txt')],
  ['uPlot', join(packages, 'uplot/LICENSE')],
];
const terms = licenses.map(([of, file]) => `${of}\n\n${readFileSync(file, 'utf8').trim()}\n`);
writeFileSync(join(to, 'licenses.txt'), terms.join(`\n${'-'.repeat(72)}\n\n`));

/** All modules are asked for at once, and not each when the one before is read. */
const modules = readdirSync(to).filter((name) => name.endsWith('.js') && name !== 'app.js');
const links = modules.map((name) => `    <link rel="modulepreload" href="/assets/${name}" />\n`).join('');
const page = readFileSync(join(from, 'index.html'), 'utf8');
writeFileSync(join(to, 'index.html'), page.replace('  </head>', `${links}  </head>`));
