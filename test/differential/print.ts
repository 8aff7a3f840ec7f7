/** A value of an argument as it is generated. */
export type Value =
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: readonly Value[] }
  | { kind: 'object'; fields: readonly (readonly [string, Value])[] }
  | Variable;

/** A variable: its type, its default, and what is sent for it; nothing where it is left out. */
interface Variable {
  kind: 'variable';
  type: string;
  given?: unknown;
  fallback?: string | undefined;
}

/** `@include` or `@skip`. */
export interface Condition {
  directive: 'include' | 'skip';
  if: Value;
}

export type Selection =
  | {
      kind: 'field';
      name: string;
      alias: string | undefined;
      args: readonly (readonly [string, Value])[];
      condition: Condition | undefined;
      below: readonly Selection[];
    }
  | {
      kind: 'fragment';
      on: string | undefined;
      named: boolean;
      /** Repeats an earlier named fragment on the same type, where there is one. */
      again: boolean;
      condition: Condition | undefined;
      below: readonly Selection[];
    };

/** One operation of a document, and how the names in it are chosen. */
export interface Operation {
  name: string | undefined;
  selections: readonly Selection[];
}

/** A query as it is sent. */
export interface Query {
  query: string;
  variables: Record<string, unknown>;
  operationName?: string;
}

interface Fragment {
  name: string;
  on: string;
  text: string;
}

/** Names in turn: those that are given, then others. */
const namesFrom = (names: readonly string[], prefix: string) => {
  let next = 0;
  return (): string => {
    const name = names[next] ?? `${prefix}${next}`;
    next += 1;
    return name;
  };
};

/** Prints one document. Variables belong to the operation that is being printed, fragments to all. */
class Printer {
  readonly fragments: Fragment[] = [];
  readonly variables: Record<string, unknown> = {};
  declared: string[] = [];
  readonly #variableName: () => string;
  readonly #fragmentName: () => string;

  constructor(names: readonly string[]) {
    this.#variableName = namesFrom(names, 'v');
    this.#fragmentName = namesFrom(names, 'F');
  }

  value(value: Value): string {
    switch (value.kind) {
      case 'text':
        return value.text;
      case 'list':
        return `[${value.items.map((item) => this.value(item)).join(' ')}]`;
      case 'object':
        return `{${value.fields.map(([name, field]) => `${name}: ${this.value(field)}`).join(' ')}}`;
      default:
        return this.#variable(value);
    }
  }

  #variable({ type, given, fallback }: Variable): string {
    const name = this.#variableName();
    this.declared.push(`$${name}: ${type}${fallback === undefined ? '' : ` = ${fallback}`}`);
    if (given !== undefined) this.variables[name] = given;
    return `$${name}`;
  }

  condition(condition: Condition | undefined): string {
    return condition ? ` @${condition.directive}(if: ${this.value(condition.if)})` : '';
  }

  set(selections: readonly Selection[]): string {
    return `{ ${selections.map((one) => this.selection(one)).join(' ') || '__typename'} }`;
  }

  selection(one: Selection): string {
    if (one.kind === 'fragment') return this.#fragment(one);
    const args = one.args.map(([name, value]) => `${name}: ${this.value(value)}`).join(', ');
    const alias = one.alias === undefined ? '' : `${one.alias}: `;
    const condition = this.condition(one.condition);
    const below = one.below.length > 0 ? ` ${this.set(one.below)}` : '';
    return `${alias}${one.name}${args && `(${args})`}${condition}${below}`;
  }

  #fragment({ on, named, again, condition, below }: Selection & { kind: 'fragment' }): string {
    const tail = this.condition(condition);
    if (!named || on === undefined)
      return `...${on === undefined ? '' : ` on ${on}`}${tail} ${this.set(below)}`;
    const old = again ? this.fragments.find((fragment) => fragment.on === on) : undefined;
    if (old) return `...${old.name}${tail}`;
    const name = this.#fragmentName();
    const text = this.set(below);
    this.fragments.push({ name, on, text });
    return `...${name}${tail}`;
  }
}

/** The document of some operations, of which the last one is asked for. Its names are the given ones as far as they go. */
export const printed = (operations: readonly Operation[], names: readonly string[]): Query => {
  const printer = new Printer(names);
  const texts: string[] = [];
  for (const { name, selections } of operations) {
    printer.declared = [];
    const set = printer.set(selections);
    const declared = printer.declared.length > 0 ? `(${printer.declared.join(', ')})` : '';
    texts.push(name === undefined && declared === '' ? set : `query ${name ?? ''}${declared} ${set}`);
  }
  const fragments = printer.fragments.map(({ name, on, text }) => `fragment ${name} on ${on} ${text}`);
  const asked = operations.at(-1)?.name;
  return {
    query: [...texts, ...fragments].join('\n'),
    variables: printer.variables,
    ...(operations.length > 1 && asked !== undefined && { operationName: asked }),
  };
};
