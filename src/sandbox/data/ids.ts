import { hash } from 'node:crypto';

/** 64 hexadecimal digits that depend on nothing but the seed. */
export const digest = (seed: string): string => hash('sha256', seed, 'hex');

const asUuid = (hex: string): string =>
  [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');

/** The same UUID-shaped id for the same seed, at every start. */
export const makeUuid = (seed: string): string => asUuid(digest(seed));

/** 32 hexadecimal digits for the seed, the form of account, project and DataArts Insight ids. */
export const makeHexId = (seed: string): string => digest(`hex ${seed}`).slice(0, 32);

/** A number from 0 to `below` - 1 for the seed. */
export const makeNumber = (seed: string, below: number): number =>
  Number.parseInt(digest(`number ${seed}`).slice(0, 12), 16) % below;

/** A fresh id: different at every call within one world, the same at every start. */
export const nextId = (world: { sequence: number }, kind: string): string => {
  world.sequence += 1;
  return makeUuid(`${kind} ${world.sequence}`);
};

/** A packet id for the seed, as digits. */
export const makeMarkerId = (seed: string): string =>
  String(16_777_216 + makeNumber(`marker ${seed}`, 400_000_000));
