import { readFileSync } from 'node:fs';
import { type FaultRule, type World, WORLDS, type WorldName } from './start.ts';

/** A path into a world, and the value there; without a value the property is deleted. `{ $ref: path }` is the object at another path. */
type Edit = readonly [path: readonly (string | number)[], value?: unknown];

/** A request as it is sent. */
export interface Request {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

/** A fault rule as JSON: the path is the source of a regular expression. */
type Fault = Omit<FaultRule, 'path' | 'mutate' | 'meanwhile'> & { path: string };

/** A request of a scenario. */
export type Sending =
  /** POST to `/graphql` with the usual headers; a header of null is left out. */
  { ask: object; headers?: Readonly<Record<string, string | null>> } | { request: Request };

/** One step of a scenario. */
type Step =
  | Sending
  | { fault: Fault }
  | { clearFaults: true }
  /** The cloud becomes this world, with no faults. */
  | { world: string };

/** Requests to one gateway in front of a new sandbox, in order. */
export interface Scenario {
  scenario: string;
  /** Name of a world; `default` when left out. */
  world?: string;
  settings?: Readonly<Record<string, string>>;
  steps: Step[];
}

/** A world as it is when a scenario begins. */
interface EditedWorld {
  world: string;
  base: WorldName;
  edits: readonly Edit[];
}

/** The scenarios of a file: each begins with a line of its own, and has one line for each step. */
export const readScenarios = (file: string): Scenario[] => {
  const scenarios: Scenario[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const parsed = JSON.parse(line) as Omit<Scenario, 'steps'> | Step;
    if ('scenario' in parsed) scenarios.push({ ...parsed, steps: [] });
    else scenarios.at(-1)!.steps.push(parsed);
  }
  return scenarios;
};

type Holder = Record<string | number, unknown>;

const at = (world: object, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((from, key) => (from as Holder)[key], world);

/** A value with its references resolved; objects before later ones of the same value can be referred to. */
const put = (world: object, holder: Holder, key: string | number, value: unknown): void => {
  if (typeof value !== 'object' || value === null) {
    holder[key] = value;
    return;
  }
  if ('$ref' in value) {
    holder[key] = at(world, value.$ref as (string | number)[]);
    return;
  }
  const copy = (Array.isArray(value) ? [] : {}) as Holder;
  holder[key] = copy;
  for (const [name, item] of Object.entries(value)) put(world, copy, name, item);
};

const linesOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

/** The worlds of a file by their names, beside those of the sandbox. */
export const worldsOf = (file: string) => {
  const edited = new Map(
    linesOf(file).map((line) => {
      const one = JSON.parse(line) as EditedWorld;
      return [one.world, one];
    }),
  );
  const made = new Map<string, World>();
  return (name: string): World => {
    const world = made.get(name) ?? worldOf(edited.get(name) ?? { base: name as WorldName, edits: [] });
    made.set(name, world);
    return structuredClone(world);
  };
};

const worldOf = ({ base, edits }: Omit<EditedWorld, 'world'>): World => {
  const world = WORLDS[base]();
  for (const [path, ...value] of edits) {
    const holder = at(world, path.slice(0, -1)) as Holder;
    const key = path.at(-1)!;
    if (value.length === 0) Reflect.deleteProperty(holder, key);
    else put(world, holder, key, value[0]);
  }
  return world;
};
