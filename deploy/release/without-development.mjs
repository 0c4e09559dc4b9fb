import { readFileSync } from 'node:fs';

// From standard input to standard output: a CycloneDX list without what only development needs. `npm sbom --omit dev` leaves out
// more than that (npm 10): packages that development needs as well, such as zod.
const sbom = JSON.parse(readFileSync(0, 'utf8'));
const forDevelopment = ({ properties = [] }) => properties.some(({ name }) => name === 'cdx:npm:package:development');
const left = new Set(sbom.components.filter(forDevelopment).map((component) => component['bom-ref']));
sbom.components = sbom.components.filter((component) => !left.has(component['bom-ref']));
sbom.dependencies = sbom.dependencies
  .filter(({ ref }) => !left.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => !left.has(other)) }));
process.stdout.write(`${JSON.stringify(sbom, undefined, 2)}\n`);
