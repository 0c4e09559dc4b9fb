/** A copy that does not keep the body alive which `text` is a slice of. */
export function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
