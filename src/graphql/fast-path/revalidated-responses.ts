import { type MemoryBudget, textBytes } from '../../capacity/memory-budget.ts';
import type { OperationInfo } from './execution-request.ts';
import { fingerprintOf, type RecordedRead } from './recorder.ts';

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

/** Marks a key that was requested once. Most requests are never repeated, so that no response is stored yet. */
export const SEEN_ONCE = 'seen once';

/** Responses by request, each to be sent again only after its reads were repeated with byte-identical responses. */
export interface RevalidatedResponses {
  find(key: string): StoredResponse | typeof SEEN_ONCE | undefined;
  noteFirst(key: string): void;
  /** Stores a response unless it is too long. */
  store(key: string, text: string, response: Omit<StoredResponse, 'body'>): void;
}

const MAX_CHARACTERS = 2 * 1024 * 1024;
const MAX_IDLE_MS = 10 * 60_000;
/** A recorded read without its fingerprint: path, parameters, request. */
const RECORDED_READ_BYTES = 2_000;
/** Longer bodies are stored as bytes. */
const MAX_TEXT_CHARACTERS = 16 * 1024;

const bodyBytes = (body: ResponseBody): number => (typeof body === 'string' ? textBytes(body) : body.length);

/** Bytes of all that is stored with a response. */
const responseBytes = ({ body, reads, info }: StoredResponse): number =>
  bodyBytes(body) +
  reads.reduce((size, read) => size + RECORDED_READ_BYTES + (fingerprintOf(read)?.length ?? 0), 0) +
  textBytes(info.text);

/** The key of a response: the same caller, workspace and request body. No digest and no workspace has a space in it. */
export const responseKey = (callerKey: string, workspaceId: string | undefined, body: string): string =>
  `${callerKey} ${workspaceId ?? ''} ${body}`;

/** An empty store, bounded to its share of the memory budget. */
export const createRevalidatedResponses = (memory: MemoryBudget): RevalidatedResponses => {
  const responses = memory.createCache<StoredResponse | typeof SEEN_ONCE>({
    name: 'revalidated_answers',
    share: 35,
    maxAgeMs: MAX_IDLE_MS,
    sizeOf: (one) => (one === SEEN_ONCE ? 0 : responseBytes(one)),
  });
  return {
    find: (key) => responses.get(key),
    noteFirst: (key) => responses.set(key, SEEN_ONCE),
    store: (key, text, response) => {
      if (text.length > MAX_CHARACTERS) return;
      const body = text.length > MAX_TEXT_CHARACTERS ? Buffer.from(text) : text;
      responses.set(key, { body, ...response });
    },
  };
};
