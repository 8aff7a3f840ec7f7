import { isOutOfReach } from './service.ts';

/** Null where the caller may not see the thing, or it is not there. The calls of such reads declare the refusal (`isExpectedRefusal`). */
export const unlessOutOfReach = <T>(read: Promise<T>): Promise<T | null> =>
  read.catch((error: unknown) => {
    if (isOutOfReach(error)) return null;
    throw error;
  });
