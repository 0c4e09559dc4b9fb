import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageVersion } from '../process/package.ts';
import { manual } from './manual.ts';
import { program } from './program.ts';

// Beside the compiled program: `dist/statsdrain.1`.
writeFileSync(fileURLToPath(new URL('../../statsdrain.1', import.meta.url)), manual(program, packageVersion()));
