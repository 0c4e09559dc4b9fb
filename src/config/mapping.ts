import { z } from 'zod';
import { matchTypes } from '../pattern/parse.ts';
import {
  type Fault,
  faultsOfEntries,
  faultsOfKeys,
  faultsOfMapping,
  faultsOfProfile,
  faultsOfProfiles,
  faultsOfRenames,
  faultsOfRules,
  withDot,
} from './mapping-faults.ts';
import type { ExporterStage, Stage } from './mapping-rules.ts';

/** All mistakes are told at once: those around a value, too. */
function checked<T>(faultsOf: (value: T) => readonly Fault[]) {
  return ({ value, issues }: z.core.ParsePayload<T>) => {
    for (const { path, message } of faultsOf(value)) {
      issues.push({ code: 'custom', input: value, path: [...path], message, continue: true });
    }
  };
}

const text = () => z.string().min(1);

const tagKey = z.string().regex(/^[^:,]+$/, 'cannot be empty, nor have a ":" or a ","');

const profileMapping = z
  .strictObject({
    match: text().describe(
      'What the whole name has to be: a "*" is any text without a dot, or with "regex" it is a regular expression of Go.',
    ),
    matchType: z.enum(matchTypes).default('wildcard').describe('How "match" is read.'),
    name: text().describe(`The name that it gets: "$1" or "\${1}" is what the first "*" or group matched.`),
    tags: z
      .record(tagKey, z.string())
      .default({})
      .describe('Tags that it gets, by their keys, with values that are written as "name". "host" is its host.'),
  })
  .check(checked(faultsOfMapping));

const profile = z
  .strictObject({
    name: text().describe('For the reader.'),
    prefix: text().describe('The names that it is for begin so; "*" is every name.'),
    mappings: z.array(profileMapping).describe('The first that matches is taken.'),
  })
  .check(checked(faultsOfProfile));

const entries = (description: string) =>
  z
    .array(text().regex(/^[^*]*\*?$/, 'has a "*" that is not at its end, where it stands for any rest of a name'))
    .check(checked(faultsOfEntries))
    .describe(description);

const mappingFile = text().describe('Path of a mapping file of statsd_exporter, from the folder of this file.');

const tagKeys = (description: string) =>
  z
    .array(text().regex(/^[^:,]*$/, 'is not the key of a tag, which has no ":" and no ","'))
    .check(checked(faultsOfKeys))
    .describe(description);

const mappingKeys = z
  .strictObject({
    profiles: z
      .array(profile)
      .check(checked(faultsOfProfiles))
      .optional()
      .describe(
        'Parts of names into tags, as the mapper of the Datadog Agent. The first profile whose prefix fits is final.',
      ),
    file: mappingFile.optional(),
    mappings: z
      .array(z.record(z.string(), z.unknown()))
      .optional()
      .describe('Rules of statsd_exporter, with the keys that they have in its mapping files.'),
    defaults: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('What holds for all of "mappings", with the keys of "defaults" in mapping files of statsd_exporter.'),
    unmapped: z
      .enum(['keep', 'drop'])
      .optional()
      .describe('What becomes of series that no rule of "file" or "mappings" matches. Default: "keep".'),
    namespace: text().optional().describe('Put before each name, with a dot between them.'),
    namespaceExcept: z
      .array(text())
      .optional()
      .describe('Names that begin so get no namespace; "jvm" is also the beginning of "jvms.count".'),
    allow: entries('Names that are let through; all others are blocked. "a.*" is all that begin with "a.".').optional(),
    block: entries('Names that are blocked. "a.*" is all that begin with "a.".').optional(),
    renameTags: z
      .record(tagKey, tagKey)
      .check(checked(faultsOfRenames))
      .optional()
      .describe('New keys of tags, by their old ones. "host" is the host.'),
    dropTags: tagKeys('Keys of tags that are taken off. Series that are alike then are one.').optional(),
    keepTags: tagKeys('Keys of tags that are kept; all others are taken off.').optional(),
  })
  .check(checked(faultsOfRules));

/** The key `mapping`, of the root and of a back-end's block. */
export const mapping = z
  .union([mappingFile, mappingKeys])
  .describe('What series are called: rules that rename, block and merge them, in the order of these keys.');

export type GivenMapping = z.output<typeof mapping>;
export type MappingKeys = z.output<typeof mappingKeys>;

/** `exporter` is what `file` or `mappings` stand for. */
export function toStages(given: MappingKeys, exporter: ExporterStage | undefined): readonly Stage[] {
  const { profiles, namespace, namespaceExcept, allow, block, renameTags, dropTags, keepTags } = given;
  const stages: Stage[] = [];
  if (profiles !== undefined) stages.push({ kind: 'profiles', profiles });
  if (exporter !== undefined) stages.push(exporter);
  if (namespace !== undefined) {
    stages.push({ kind: 'namespace', prefix: withDot(namespace), except: namespaceExcept ?? [] });
  }
  if (allow !== undefined || block !== undefined) stages.push({ kind: 'names', allow, block: block ?? [] });
  if (renameTags !== undefined) stages.push({ kind: 'tagRenames', renames: renameTags });
  if (dropTags !== undefined) stages.push({ kind: 'tags', action: 'drop', keys: dropTags });
  if (keepTags !== undefined) stages.push({ kind: 'tags', action: 'keep', keys: keepTags });
  return stages;
}
