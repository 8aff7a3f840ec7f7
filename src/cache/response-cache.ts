import { hash, randomUUID } from 'node:crypto';
import type { Memory } from '../capacity/memory-budget.ts';
import type { Store } from './store.ts';

/** Where the answer to one question of one caller belongs. */
interface Place {
  /** The answer that was kept, as it was given. */
  kept?: string;
  /** Keeps an answer, unless the caller wrote something since the place was looked up. */
  keep(answer: string): Promise<void>;
}

/** Answers that are kept for the caller who got them. */
export interface AnswerCache {
  /** A caller is a digest; a question is whatever decides the answer. */
  look(caller: string, question: unknown): Promise<Place>;
  /** Forgets all answers of a caller, also those that are being made. */
  empty(caller: string): Promise<boolean>;
}

const LONGEST_ANSWER = 1_000_000;
/** Longer than any operation: as long it is known that a caller wrote something. */
export const GENERATION_MS = 600_000;
const MOST_OWED = 1_000;
const NOWHERE: Place = { keep: async () => {} };

/**
 * Keeps answers in a store. Each belongs to a generation of its caller's answers, and a write begins a new generation: what was
 * read before it, however late it comes, counts no more, on no replica. Generations are random, so that one that was forgotten
 * never comes back.
 */
export const createAnswerCache = (
  store: Store,
  namespace: string,
  ttlMs: number,
  memory: Memory,
  now: () => number = () => performance.now(),
): AnswerCache => {
  /** Who wrote something while the store could not be told. */
  const owed = new Set<string>();
  memory.watch({ name: 'owed_invalidations', unit: 'entries', limit: MOST_OWED, held: () => owed.size });
  let closedUntil = 0;

  // The braces keep all of one caller together where Redis is a cluster.
  const generationName = (caller: string) => `${namespace}:answers:{${caller}}`;
  const answerName = (caller: string, question: unknown) =>
    `${generationName(caller)}:${hash('sha256', JSON.stringify(question), 'base64url')}`;
  const generationMs = ttlMs + GENERATION_MS;

  const owe = (caller: string): void => {
    owed.add(caller);
    if (owed.size <= MOST_OWED) return;
    // There are too many to remember: nothing is believed until all that was kept is gone.
    owed.clear();
    closedUntil = now() + generationMs;
  };

  const empty: AnswerCache['empty'] = async (caller) => {
    const told = await store.set(generationName(caller), randomUUID(), generationMs);
    if (told) owed.delete(caller);
    else owe(caller);
    return told;
  };

  return {
    empty,
    look: async (caller, question) => {
      if (now() < closedUntil || (owed.has(caller) && !(await empty(caller)))) return NOWHERE;
      const name = answerName(caller, question);
      const found = await store.get([generationName(caller), name]);
      if (!found) return NOWHERE;
      const [generation, entry] = found;
      const begin = async () => {
        const first = randomUUID();
        return (await store.add(generationName(caller), first, generationMs)) ? `${first} ` : null;
      };
      const keep = async (answer: string) => {
        if (answer.length > LONGEST_ANSWER) return;
        const prefix = generation ? `${generation} ` : await begin();
        if (prefix !== null) await store.set(name, prefix + answer, ttlMs);
      };
      const isKept = generation && entry?.startsWith(`${generation} `);
      return isKept ? { kept: entry!.slice(generation.length + 1), keep } : { keep };
    },
  };
};
