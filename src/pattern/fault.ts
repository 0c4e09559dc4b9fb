/** A pattern that cannot be used: what is wrong with it, going on from the quoted pattern (`has …`, `is …`). */
export class PatternFault extends Error {
  override readonly name = 'PatternFault';
}
