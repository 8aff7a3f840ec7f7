import { type MemoryBudget, textBytes } from '../../capacity/memory-budget.ts';
import type { OperationInfo } from './execution-request.ts';
import type { RecordedRead } from './recorder.ts';

/** The body of a response: a Buffer if it is long, since that is stored outside the heap of JavaScript. */
export type ResponseBody = string | Buffer;

/** A response, with the reads that it was made of. */
export interface StoredResponse {
  body: ResponseBody;
  reads: readonly RecordedRead[];
  info: OperationInfo;
  /** Loads that its fields requested, for the metrics. */
  loadCount: number;
}

/** What is known of one request. */
interface Entry {
  stored: StoredResponse | undefined;
  /** Repetitions that were unchanged, less those that were not; within {@link MIN_SCORE} and {@link MAX_SCORE}. */
  score: number;
  /** Requests to come that are not recorded. */
  rest: number;
  /** Requests that are not recorded the next time that recording is given up. */
  nextRest: number;
}

/** How a request is answered: stored reads are repeated, or its reads are recorded, or neither, such as for one that is new. */
export type Plan = StoredResponse | 'record' | 'execute' | 'new';

/**
 * Responses by request, each to be sent again only after its reads were repeated with byte-identical responses. Most requests are never
 * repeated, so that the first one is only noted. Recording and comparing cost a third of what they save: where responses change more
 * often than not they are given up, for ever more requests.
 */
export interface RevalidatedResponses {
  /** Plans the next request with this key. */
  plan(key: string): Plan;
  /** Notes a request that is new, so that the next one is recorded. */
  noteFirst(key: string): void;
  /** Notes that repeated reads were unchanged, or not; true if the request should be recorded again. */
  noteRepeated(key: string, unchanged: boolean): boolean;
  /** Stores a response unless it is too long. */
  store(key: string, text: string, response: Omit<StoredResponse, 'body'>): void;
}

const MAX_CHARACTERS = 2 * 1024 * 1024;
const MAX_IDLE_MS = 10 * 60_000;
const MAX_SCORE = 3;
/** Recording is given up here. */
const MIN_SCORE = -2;
const FIRST_REST = 8;
const MAX_REST = 16;
/** A recorded read without its key: the call with its parameters and request, the digest of the response. */
const RECORDED_READ_BYTES = 1_000;
/** An entry without its key and its response. */
const ENTRY_BYTES = 200;
/** Longer bodies are stored as bytes. */
const MAX_TEXT_CHARACTERS = 16 * 1024;

const bodyBytes = (body: ResponseBody): number => (typeof body === 'string' ? textBytes(body) : body.length);

/** Bytes of all that is stored with a response. */
const responseBytes = ({ body, reads, info }: StoredResponse): number =>
  bodyBytes(body) +
  reads.reduce((size, { read }) => size + RECORDED_READ_BYTES + textBytes(read.key), 0) +
  textBytes(info.text);

/** The key of a response: the same caller, workspace and request body. No digest and no workspace has a space in it. */
export const responseKey = (callerKey: string, workspaceId: string | undefined, body: string): string =>
  `${callerKey} ${workspaceId ?? ''} ${body}`;

/** An empty store, bounded to its share of the memory budget. */
export const createRevalidatedResponses = (memory: MemoryBudget): RevalidatedResponses => {
  const entries = memory.createCache<Entry>({
    name: 'revalidated_answers',
    share: 35,
    maxAgeMs: MAX_IDLE_MS,
    sizeOf: ({ stored }) => ENTRY_BYTES + (stored ? responseBytes(stored) : 0),
  });
  const giveUp = (key: string, { score, nextRest }: Entry) =>
    entries.set(key, {
      stored: undefined,
      score,
      rest: nextRest,
      nextRest: Math.min(MAX_REST, nextRest * 2),
    });

  return {
    plan: (key) => {
      const entry = entries.get(key);
      if (!entry) return 'new';
      if (entry.stored) return entry.stored;
      if (entry.rest === 0) return 'record';
      entry.rest -= 1;
      return 'execute';
    },
    noteFirst: (key) => entries.set(key, { stored: undefined, score: 0, rest: 0, nextRest: FIRST_REST }),
    noteRepeated: (key, unchanged) => {
      const entry = entries.get(key);
      if (!entry) return false;
      if (unchanged) {
        entry.score = Math.min(MAX_SCORE, entry.score + 1);
        entry.nextRest = FIRST_REST;
        return false;
      }
      entry.score = Math.max(MIN_SCORE, entry.score - 1);
      if (entry.score > MIN_SCORE) return true;
      giveUp(key, entry);
      return false;
    },
    store: (key, text, response) => {
      if (text.length > MAX_CHARACTERS) return;
      const body = text.length > MAX_TEXT_CHARACTERS ? Buffer.from(text) : text;
      const { score, nextRest } = entries.get(key) ?? { score: 0, nextRest: FIRST_REST };
      entries.set(key, { stored: { body, ...response }, score, rest: 0, nextRest });
    },
  };
};
