import { type FieldValue, fieldOf, type Slots } from './fields.ts';
import { type Quantity, readQuantity } from './quantity.ts';
import type { Condition, Operator, Scalar } from './rule-set.ts';

/** Whether the fields of a line are as a condition asks. */
export type Test = (values: readonly FieldValue[]) => boolean;

/** What is wrong with a condition, going on from its value; undefined where it is good. */
export function faultOfCondition({ op, value }: Condition): string | undefined {
  switch (op) {
    case '==':
    case '!=':
      return isScalar(value) ? undefined : needs(op, 'a text, a number, true or false');
    case '<':
    case '<=':
    case '>':
    case '>=':
      return typeof value === 'number' ? undefined : needs(op, 'a number');
    case 'in':
      return Array.isArray(value) && value.length > 0 ? undefined : needs(op, 'a list of texts or numbers');
    case 'exists':
      return value === undefined || typeof value === 'boolean' ? undefined : needs(op, 'true or false, or no value');
    case 'contains':
    case 'prefix':
      return typeof value === 'string' && value !== '' ? undefined : needs(op, 'a text');
    default:
      return op satisfies never;
  }
}

function needs(op: Operator, what: string): string {
  return `the operator "${op}" needs "value" to be ${what}`;
}

function isScalar(value: Condition['value']): value is Scalar {
  return value !== undefined && typeof value !== 'object';
}

/** A field that is missing is unlike every value, and fulfils nothing else but `exists` with `false`. The condition has no fault. */
export function compileCondition({ field, op, value }: Condition, slots: Slots): Test {
  const slot = slots.of(field);
  switch (op) {
    case '==':
    case '!=': {
      const isEqual = equal(value as Scalar);
      return op === '==' ? (values) => isEqual(values[slot]) : (values) => !isEqual(values[slot]);
    }
    case '<':
      return compare(slot, value as number, (a, b) => a < b);
    case '<=':
      return compare(slot, value as number, (a, b) => a <= b);
    case '>':
      return compare(slot, value as number, (a, b) => a > b);
    case '>=':
      return compare(slot, value as number, (a, b) => a >= b);
    case 'in': {
      const candidates = (value as readonly Scalar[]).map(equal);
      return (values) => candidates.some((isEqual) => isEqual(values[slot]));
    }
    case 'exists':
      return value === false ? (values) => values[slot] === undefined : (values) => values[slot] !== undefined;
    case 'contains':
      return (values) => String(values[slot] ?? '').includes(value as string);
    case 'prefix':
      return (values) => String(values[slot] ?? '').startsWith(value as string);
    default:
      return op satisfies never;
  }
}

/** Numbers are equal by what they are worth: `200` and `"200.0"`. */
function equal(wanted: Scalar): (value: FieldValue) => boolean {
  if (typeof wanted !== 'number') {
    const text = fieldOf(wanted);
    return (value) => value !== undefined && String(value) === text;
  }
  const quantity: Quantity = { value: 0, dimension: 'plain' };
  return (value) => value !== undefined && readQuantity(value, quantity) && quantity.value === wanted;
}

function compare(slot: number, wanted: number, holds: (a: number, b: number) => boolean): Test {
  const quantity: Quantity = { value: 0, dimension: 'plain' };
  return (values) => {
    const value = values[slot];
    return value !== undefined && readQuantity(value, quantity) && holds(quantity.value, wanted);
  };
}
