/** Ways to set off a piece of text; without colour all of them leave it as it is. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  up(text: string): string;
  down(text: string): string;
}

export function styleFor(colour: boolean): Style {
  const sgr = (code: number) => (text: string) => (colour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { bold: sgr(1), dim: sgr(2), up: sgr(32), down: sgr(31) };
}
