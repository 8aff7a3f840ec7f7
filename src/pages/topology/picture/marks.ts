import type { Status } from '../model/status.ts';

/** A sign for each status around 0,0, so that colour is not the only difference; `isLine` ones are stroked. */
export const MARKS: Readonly<Record<Status, { path: string; isLine: boolean }>> = {
  FAILED: { path: 'M-4-4L4 4M4-4L-4 4', isLine: true },
  PENDING_ACCEPTANCE: { path: 'M0-5A5 5 0 1 0 0 5A5 5 0 1 0 0-5M0-3V0H2.5', isLine: true },
  CREATING: { path: 'M0-5A5 5 0 0 1 5 0M5 0A5 5 0 1 1 0-5', isLine: true },
  DELETING: { path: 'M-4-3H4M-3-3L-2 5H2L3-3', isLine: true },
  REJECTED: { path: 'M-5 0A5 5 0 1 0 5 0A5 5 0 1 0-5 0M-3.5 3.5L3.5-3.5', isLine: true },
  UNKNOWN: { path: 'M-2.5-2.5A2.5 2.5 0 1 1 0 1V2M0 4.4V5', isLine: true },
  ACCEPTED: { path: 'M-5 0A5 5 0 1 0 5 0A5 5 0 1 0-5 0Z', isLine: false },
};
