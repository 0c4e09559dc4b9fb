/** A copy with room for at least `length` elements; capacity doubles. */
export function grown<Column extends Uint8Array | Int32Array | Uint32Array | Float64Array>(
  column: Column,
  length: number,
): Column {
  const larger = new (column.constructor as new (length: number) => Column)(Math.max(length, column.length * 2));
  larger.set(column);
  return larger;
}
