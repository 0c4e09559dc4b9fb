import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../process/package.ts';
import { jsonSchemaText } from './json-schema.ts';

writeFileSync(join(packageRoot(), 'config.schema.json'), await jsonSchemaText());
