import { isName } from '../../plugins/names.ts';

/** Gives each module a name of its own: that of the built-in plugin, or the last part of a package or path. */
export function createNamer(): (preferred: string) => string {
  const taken = new Set<string>();
  return (preferred) => {
    const base = isName(preferred) ? preferred : plain(preferred);
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}-${count}`;
    taken.add(name);
    return name;
  };
}

function plain(module: string): string {
  const last =
    module
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? '';
  return last.replace(/\.[cm]?js$/, '').replace(/[^A-Za-z0-9_.-]/g, '-') || 'module';
}
