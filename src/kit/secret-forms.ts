/** Characters of a Base64 text that are surely of the secret. Fewer stand in too many other texts. */
const SHORTEST_BASE64 = 6;

/**
 * What a secret becomes on its way: in a URL, in JSON, in JSON within JSON, and in Base64 wherever it stands in what was encoded
 * (`Authorization: Basic` is that of `user:password`). The secret itself is the first. None is empty.
 */
export function secretForms(secret: string): readonly string[] {
  const wellFormed = secret.replace(/\p{Surrogate}/gu, '\uFFFD');
  const component = encodeURIComponent(wellFormed);
  const json = JSON.stringify(secret).slice(1, -1);
  const texts = [secret, component, lowerEscapes(component), component.replaceAll('%20', '+'), inUrl(wellFormed)];
  const forms = [...texts, json, JSON.stringify(json).slice(1, -1), ...inBase64(wellFormed)];
  return [...new Set(forms)].filter((form) => form !== '');
}

/** `%3A` is the same as `%3a`. */
function lowerEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

/** As `URL` writes it into a path: it leaves more characters as they are than `encodeURIComponent`. */
function inUrl(text: string): string {
  return encodeURI(text).replaceAll('%5B', '[').replaceAll('%5D', ']').replaceAll('%25', '%');
}

/** For each of the three places that a byte can have in a group of three: the characters that no neighbour has a part in. */
function inBase64(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const sure = encoded.slice(
      Math.ceil((before * 8) / 6),
      (before + bytes.length) % 3 === 0 ? undefined : encoded.length - 1,
    );
    if (sure.length < SHORTEST_BASE64) return [];
    return [sure, sure.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
