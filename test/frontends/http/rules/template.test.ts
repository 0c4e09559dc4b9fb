import { describe, expect, it } from 'vitest';
import { parseTemplate, referencesIn, TemplateFault } from '../../../../frontends/http/rules/template.ts';

describe('a template', () => {
  it.each([
    ['plain', ['plain']],
    ['', []],
    ['a.$b.c', ['a.', 'b', '.c']],
    [`\${req.method}/$x_1`, ['req.method', '/', 'x_1']],
    ['$$5', ['$5']],
    ['$@proc', ['@proc']],
  ])('%j has the parts %j', (text, parts) => {
    expect(parseTemplate(text).map((part) => (typeof part === 'string' ? part : part.field))).toEqual(parts);
  });

  it('has filters, maps and defaults', () => {
    const text = `\${a:class} \${a:map} \${a:map levels|x y} \${a|} \${@proc:type|none}`;
    expect(referencesIn(parseTemplate(text))).toEqual([
      { field: 'a', filter: 'class', written: `\${a:class}` },
      { field: 'a', filter: 'map', written: `\${a:map}` },
      { field: 'a', filter: 'map', map: 'levels', fallback: 'x y', written: `\${a:map levels|x y}` },
      { field: 'a', fallback: '', written: `\${a|}` },
      { field: '@proc', filter: 'type', fallback: 'none', written: `\${@proc:type|none}` },
    ]);
  });

  it.each([
    ['a $ b', 'has a "$" that no field follows; write "$$" for a "$"'],
    [`\${a`, `has "\${a" without the "}" that ends it`],
    [`\${}`, `has "\${}", which is none of "\${field}", "\${field:filter}" and "\${field:filter|default}"`],
    [`\${a:upper}`, `has the filter "upper" in "\${a:upper}" (filters: class, lower, map, method, type)`],
    [`\${a:lower x}`, `has "x" behind the filter "lower" in "\${a:lower x}"; only "map" takes a name`],
  ])('%s %s', (text, message) => {
    expect(() => parseTemplate(text)).toThrow(new TemplateFault(message));
  });
});
