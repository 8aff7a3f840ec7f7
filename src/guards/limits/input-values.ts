import { Kind, type ValueNode } from 'graphql';
import { overBound, overLimit } from './errors.ts';
import type { OperationLimits } from './operation-limits.ts';

/** Far deeper than any input of the graph; later steps descend into such values recursively. */
const MAX_NESTED = 32;

const nestingError = () => overBound('levels of values in one another', MAX_NESTED, 'Nest them less');

const checkLength = (length: number, limit: number): void => {
  if (length > limit) throw overLimit('listLength', limit, length);
};

/**
 * Counts the values that a literal is made of.
 * @throws `QUERY_TOO_COMPLEX` if it has a long list or is nested too deeply.
 */
export const checkLiteral = (value: ValueNode, listLength: number): number => {
  let count = 0;
  // Level by level, not recursively, so that no nesting overflows the stack.
  let level: readonly ValueNode[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_NESTED) throw nestingError();
    count += level.length;
    const next: ValueNode[] = [];
    for (const one of level) {
      if (one.kind === Kind.LIST) {
        checkLength(one.values.length, listLength);
        for (const item of one.values) next.push(item);
      } else if (one.kind === Kind.OBJECT) {
        for (const field of one.fields) next.push(field.value);
      }
    }
    level = next;
  }
  return count;
};

const bytesOfText = (text: string, most: number): number =>
  text.length > most ? text.length : Buffer.byteLength(JSON.stringify(text));

/**
 * Checks the size of variables as JSON, and of their lists at any depth.
 * @throws `QUERY_TOO_COMPLEX`
 */
export const checkVariables = (
  variables: object,
  { variablesBytes: most, listLength }: Pick<OperationLimits, 'variablesBytes' | 'listLength'>,
): void => {
  let bytes = 0;
  const add = (more: number): void => {
    bytes += more;
    if (bytes > most) throw overLimit('variablesBytes', most);
  };
  let level: unknown[] = Object.keys(variables).length > 0 ? [variables] : [];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_NESTED) throw nestingError();
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string') {
        add(bytesOfText(value, most));
      } else if (Array.isArray(value)) {
        checkLength(value.length, listLength);
        add(2 + Math.max(0, value.length - 1));
        for (const item of value) next.push(item);
      } else if (typeof value === 'object' && value !== null) {
        const entries = Object.entries(value);
        add(2 + Math.max(0, entries.length - 1));
        for (const [key, item] of entries) {
          add(bytesOfText(key, most) + 1);
          next.push(item);
        }
      } else {
        add(String(value).length);
      }
    }
    level = next;
  }
};
