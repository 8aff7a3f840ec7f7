import { isOutOfReach } from './service.ts';

/**
 * Returns null if the caller may not read the object, or if it does not exist. The calls of such reads declare the refusal
 * (`isExpectedRefusal`).
 */
export const unlessOutOfReach = <T>(read: Promise<T>): Promise<T | null> =>
  read.catch((error: unknown) => {
    if (isOutOfReach(error)) return null;
    throw error;
  });
