import { plural } from './format.ts';
import { type Child, html, useState } from './preact.js';
import { cut, visible } from './visible.ts';

const MOST = 120;

interface Props {
  /** From a stranger. */
  readonly text: string;
  /** Characters that are shown at first. */
  readonly most?: number;
  /** Stands in a link or a button, where no other one may be. */
  readonly isInert?: boolean;
  /** A sentence, which may quote what came from a stranger. */
  readonly isProse?: boolean;
}

/** A name, a tag or a line: apart from the text around it in its direction, cut where it is long, with the whole of it on demand. */
export function Name({ text, most = MOST, isInert = false, isProse = false }: Props): Child {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > most;
  const shown = isLong && !isWhole ? cut(text, most) : text;
  return html`<bdi class=${isProse ? 'prose' : 'name'}>${visible(shown).map(piece)}${isLong && !isWhole && '…'}</bdi>${
    isLong &&
    !isInert &&
    html` <button type="button" class="quiet" aria-expanded=${String(isWhole)} onClick=${() => setWhole(!isWhole)}>
        ${isWhole ? 'less' : `all ${plural(text.length, 'character')}`}
      </button>`
  }`;
}

function piece({ text, isEscape }: { text: string; isEscape: boolean }): Child {
  return isEscape ? html`<span class="escape" title="A character that is not shown as it is">${text}</span>` : text;
}

/** Tags, each apart from the others. */
export function Tags({ tags, most = 8 }: { readonly tags: readonly string[]; readonly most?: number }): Child {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? tags : tags.slice(0, most);
  if (tags.length === 0) return null;
  return html`<span class="tags">
    ${shown.map((tag) => html`<span class="tag"><${Name} text=${tag} most=${60} /></span> `)}
    ${
      tags.length > most &&
      html`<button type="button" class="quiet" aria-expanded=${String(isWhole)} onClick=${() => setWhole(!isWhole)}>
        ${isWhole ? 'less' : `${tags.length - most} more`}
      </button>`
    }
  </span>`;
}
