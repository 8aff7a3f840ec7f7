/** Ids by the input field that they were found in. */
type Ids = Record<string, string[]>;

const LONGEST_ID = 256;
const MOST_IDS = 100;
/** Values that are looked at for ids. */
const MOST_VALUES = 5_000;
const DEEPEST = 8;

/** Names of input fields that hold ids and principals; of `service`, its `id` and `name`. */
const TARGET =
  /^(principals|serviceName|(cluster|service|endpoint|instance|permission|project|workspace|vpc|subnet|port|routeTable)Ids?)$/;

const joined = (parent: string, name: string) => `${parent}${name === 'id' ? 'Id' : 'Name'}`;

/**
 * The ids in an input, bounded in number and length; whatever else is in it stays out of the log. `moreIds` says that some are left
 * out.
 */
export const collectIds = (input: unknown): { ids: Ids; moreIds?: boolean } => {
  const ids: Ids = {};
  const state = { kept: 0, visited: 0, isFull: false };

  const keep = (name: string, id: string) => {
    const list = (ids[name] ??= []);
    if (list.includes(id)) return;
    state.isFull = state.kept === MOST_IDS;
    if (state.isFull) return;
    list.push(id);
    state.kept += 1;
  };

  const collect = (value: unknown, name: string, depth: number): void => {
    state.visited += 1;
    state.isFull ||= state.visited > MOST_VALUES;
    if (state.isFull || depth > DEEPEST) return;
    if (typeof value === 'string' || typeof value === 'number') {
      if (TARGET.test(name)) keep(name, String(value).slice(0, LONGEST_ID));
    } else if (Array.isArray(value)) {
      // Stops as soon as there is more than the line takes: a list can be as long as a request body.
      value.every((one) => {
        collect(one, name, depth + 1);
        return !state.isFull;
      });
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value))
        collect(one, key === 'id' || key === 'name' ? joined(name, key) : key, depth + 1);
    }
  };

  collect(input, '', 0);
  return { ids, ...(state.isFull ? { moreIds: true } : {}) };
};
