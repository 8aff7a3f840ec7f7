import { Kind, type ValueNode } from 'graphql';
import { overBound, overLimit } from './errors.ts';
import type { OperationLimits } from './operation-limits.ts';

/** Far deeper than any input of the graph; what comes after goes down such values call by call. */
const MAX_NESTED = 32;

const tooNested = () => overBound('levels of values in one another', MAX_NESTED, 'Nest them less');

const noLonger = (length: number, limit: number): void => {
  if (length > limit) throw overLimit('listLength', limit, length);
};

/** Refuses long lists in a value that is written in the document; gives back how many values it is made of. */
export const checkLiteral = (value: ValueNode, listLength: number): number => {
  let count = 0;
  // Level by level, not call by call, so that no nesting overflows the stack.
  let level: readonly ValueNode[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_NESTED) throw tooNested();
    count += level.length;
    const next: ValueNode[] = [];
    for (const one of level) {
      if (one.kind === Kind.LIST) {
        noLonger(one.values.length, listLength);
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

/** Refuses variables that are large as JSON, or hold long lists, at any depth. */
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
    if (depth > MAX_NESTED) throw tooNested();
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string') {
        add(bytesOfText(value, most));
      } else if (Array.isArray(value)) {
        noLonger(value.length, listLength);
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
