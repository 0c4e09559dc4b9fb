import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { jsonSchemaText } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load.ts';

const root = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const committed = readFileSync(root('config.schema.json'), 'utf8');
