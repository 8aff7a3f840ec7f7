import { isOutOfReach } from './service.ts';

/** `null` where the other side may not be seen: absence is normal there. The calls of such reads declare it (`answers`). */
export const unlessOutOfReach = <T>(read: Promise<T>): Promise<T | null> =>
  read.catch((error: unknown) => {
    if (isOutOfReach(error)) return null;
    throw error;
  });
