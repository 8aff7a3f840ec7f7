import { decodeNodeId } from '../graph/node-id.ts';
import { UPSTREAMS } from '../upstreams/services.ts';

/** Ids by the name of their input field. */
type Ids = Record<string, string[]>;

const MAX_ID_LENGTH = 256;
const MAX_IDS = 100;
/** The most input values that are searched for ids. */
const MAX_VALUES = 5_000;
const MAX_DEPTH = 8;

/** Names of input fields with ids and principals. An `id` or `name` in an object counts with the object's name, such as `serviceId`. */
const ID_FIELD = new RegExp(
  `^(principals|serviceName|(project|${UPSTREAMS.flatMap(({ auditedIds }) => auditedIds).join('|')})Ids?)$`,
);

const qualifiedName = (parent: string, name: string) => `${parent}${name === 'id' ? 'Id' : 'Name'}`;

/** Collects the ids in an input, limited in number and length; other values are not logged. Of an opaque id, the project and the id that the console shows are. `moreIds` is set if some are left out. */
export const collectIds = (input: unknown): { ids: Ids; moreIds?: boolean } => {
  const ids: Ids = {};
  const state = { kept: 0, visited: 0, isFull: false };

  const addId = (name: string, id: string) => {
    const list = (ids[name] ??= []);
    if (list.includes(id)) return;
    state.isFull = state.kept === MAX_IDS;
    if (state.isFull) return;
    list.push(id);
    state.kept += 1;
  };

  const collect = (value: unknown, name: string, depth: number): void => {
    state.visited += 1;
    state.isFull ||= state.visited > MAX_VALUES;
    if (state.isFull || depth > MAX_DEPTH) return;
    if (typeof value === 'string' || typeof value === 'number') {
      if (!ID_FIELD.test(name)) return;
      const id = String(value).slice(0, MAX_ID_LENGTH);
      const node = decodeNodeId(id);
      addId(name, node?.parts.at(-1) ?? id);
      if (node) addId('projectId', node.projectId);
    } else if (Array.isArray(value)) {
      // Stops at the limit: a list can be as long as a request body.
      value.every((one) => {
        collect(one, name, depth + 1);
        return !state.isFull;
      });
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value))
        collect(one, key === 'id' || key === 'name' ? qualifiedName(name, key) : key, depth + 1);
    }
  };

  collect(input, '', 0);
  return { ids, ...(state.isFull ? { moreIds: true } : {}) };
};
