import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kit } from '../../src/config/kit.ts';
import type { BackendPlugin } from '../../src/plugin.ts';
import { recordingContext } from '../helper/window.ts';

/** A back-end as the registry has it, before it runs. */
export interface BackendPluginHarness<Config> {
  readonly plugin: BackendPlugin<Config>;
  /** A block for its schema, with whatever has no default. */
  readonly block: object;
  /** Blocks with a secret in every key that may hold one, and these secrets: no description holds them. */
  readonly hidden?: readonly { readonly block: object; readonly secrets: readonly string[] }[];
}

/** The suite that every back-end passes, for what it says of itself and how it is configured. */
export function backendPluginContract<Config>(
  title: string,
  { plugin, block, hidden = [] }: BackendPluginHarness<Config>,
): void {
  const configured = (given: object): Config =>
    plugin.config === undefined ? (given as Config) : plugin.config(kit).parse(given);

  describe(`${title}: back-end plug-in contract`, () => {
    it('is a back-end with a name', () => {
      expect(plugin.kind).toBe('backend');
      expect(plugin.name).toMatch(/^[a-z][a-z0-9-]*$/);
    });

    if (plugin.config !== undefined) {
      const schema = () => plugin.config!(kit);

      it('takes a block without knowing the file it stands in, and gives what another thread can be sent', () => {
        const config = configured(block);
        expect(structuredClone(config)).toEqual(config);
        expect(configured(block)).toEqual(config);
      });

      it('refuses a key that it does not know, and says which', () => {
        expect(() => configured({ ...block, noSuchKey: 1 })).toThrow(/noSuchKey/);
      });

      it('refuses what is no object', () => {
        for (const given of [undefined, null, 1, 'x', []]) expect(schema().safeParse(given).success).toBe(false);
      });

      it('tells of a key that is missing where it is missing', () => {
        for (const key of Object.keys(block)) {
          const { [key]: _, ...rest } = block as Readonly<Record<string, unknown>>;
          const judged = schema().safeParse(rest);
          if (!judged.success) expect(judged.error.issues.map(({ path }) => path[0])).toContain(key);
        }
      });

      it('describes every key in a sentence or a noun phrase', () => {
        const keys = keysOf(z.toJSONSchema(schema(), { io: 'input', unrepresentable: 'any' }));
        expect(keys.length).toBeGreaterThan(0);
        for (const [key, description] of keys) expect(description, key).toMatch(/^["\p{Lu}].*\.$/su);
      });
    }

    if (plugin.describe !== undefined)
      it('describes itself in one line, always in the same way, and opens nothing for it', () => {
        const before = process.getActiveResourcesInfo().sort();
        const text = plugin.describe!(configured(block));
        expect(text).toMatch(/^\P{C}+$/u);
        expect(text).toBe(text.trim());
        expect(plugin.describe!(configured(block))).toBe(text);
        expect(process.getActiveResourcesInfo().sort()).toEqual(before);
      });

    for (const [index, { block: given, secrets }] of hidden.entries())
      it(`describes itself without its secrets (${index + 1})`, () => {
        const text = plugin.describe?.(configured(given)) ?? '';
        for (const secret of secrets) {
          expect(JSON.stringify(given)).toContain(secret);
          expect(text).not.toContain(secret);
        }
      });

    if (plugin.listens !== undefined)
      it('says where it will listen, and opens nothing for it', () => {
        const before = process.getActiveResourcesInfo().sort();
        for (const address of plugin.listens!(configured(block))) {
          expect(['tcp', 'udp', 'unix']).toContain(address.transport);
        }
        expect(process.getActiveResourcesInfo().sort()).toEqual(before);
      });

    it('is made by what its schema gives, and takes windows or packets', () => {
      const context = recordingContext();
      const backend = plugin.create(configured(block), context);
      if ('send' in backend) expect(backend.send).toBeTypeOf('function');
      else expect(backend.lanes.length).toBeGreaterThan(0);
      expect(context.logged).toEqual([]);
    });
  });
}

/** Of a JSON Schema: the keys of its objects, those of inner ones too, with their descriptions. */
function keysOf(node: unknown): (readonly [key: string, description: unknown])[] {
  if (typeof node !== 'object' || node === null) return [];
  const {
    properties = {},
    items,
    anyOf = [],
  } = node as {
    readonly properties?: Readonly<Record<string, { readonly description?: unknown }>>;
    readonly items?: unknown;
    readonly anyOf?: readonly unknown[];
  };
  const own = Object.entries(properties).map(([key, { description }]) => [key, description] as const);
  return [...own, ...[...Object.values(properties), items, ...anyOf].flatMap(keysOf)];
}
