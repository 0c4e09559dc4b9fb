import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemaText } from './json-schema.ts';
import { packageRoot } from './package-root.ts';

writeFileSync(join(packageRoot(), 'config.schema.json'), await jsonSchemaText());
