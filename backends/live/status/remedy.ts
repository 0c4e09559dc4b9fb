/** What a failed delivery says, and what ends it. The first that fits counts: codes of Node.js stand before what servers answer. */
const remedies: readonly (readonly [sign: RegExp, remedy: string])[] = [
  [/\bECONNREFUSED\b/, 'nothing listens there: start it, or mend its address'],
  [/\bENOENT\b/, 'there is no such file or socket: start what makes it, or mend its path'],
  [/\b(?:ENOTFOUND|EAI_AGAIN)\b/, 'its name is not known: mend it, or look at the name server'],
  [
    /\b(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b|\bno answer within\b/,
    'look at the network and at firewalls on the way',
  ],
  [/\b(?:ECONNRESET|EPIPE)\b|\bclosed the connection\b/, 'it ended the connection: its own log says why'],
  [/\bcertificate\b|\b[A-Z_]*CERT[A-Z_]*\b/i, 'look at "tls", and at the certificate that it shows'],
  [/: (?:401|403)\b/, 'look at its credential'],
  [/: 404\b/, 'look at the path of its address'],
  [/: 429\b/, 'it is sent too much: send fewer series, or less often'],
  [/: 5\d\d\b/, 'the fault is there: its own log says why'],
];

/** The one thing to do about a delivery that failed with `message`; undefined where nothing better is known than to try it. */
export function remedyOf(message: string): string | undefined {
  return remedies.find(([sign]) => sign.test(message))?.[1];
}
