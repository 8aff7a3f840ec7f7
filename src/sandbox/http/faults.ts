import type { IncomingHttpHeaders } from 'node:http';
import type { World } from '../model.ts';
import type { Answer } from './exchange.ts';

/** Something that goes wrong with the requests that match; exactly one kind a rule. */
export interface FaultRule {
  /** Any method when left out. */
  method?: string;
  /** Tested on path and query as received. */
  path: RegExp;
  /** How many requests it hits; for ever when left out. */
  times?: number;
  /** Sent instead of the real answer; a text body is sent raw, anything else as JSON. */
  respond?: { status: number; body?: unknown; headers?: Record<string, string> };
  /** The real answer, this much later. */
  delayMs?: number;
  /** Never answers, or sends headers and half a body and stops. */
  hang?: 'before' | 'body';
  /** Destroys the socket before or after the request took effect. */
  reset?: 'before' | 'after';
  /** Changes a JSON answer; packet ids are bigints in it. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests reach into bodies of every shape
  mutate?: (body: any) => unknown;
  /** What another program does to the cloud once the request was handled, before its answer arrives. */
  meanwhile?: (world: World, headers: IncomingHttpHeaders) => void;
}

/** What the rules say about one request. */
export interface FaultPlan {
  delayMs: number;
  mutate: (answer: Answer) => Answer;
  meanwhile: (world: World, headers: IncomingHttpHeaders) => void;
  /** The rule that takes the place of the answer, or spoils the sending of it. */
  ending: FaultRule | undefined;
}

const applies = (rule: FaultRule, left: number, method: string, path: string): boolean =>
  left > 0 &&
  (rule.method === undefined || rule.method.toUpperCase() === method) &&
  path.search(rule.path) >= 0;

const isEnding = (rule: FaultRule): boolean =>
  rule.respond !== undefined || rule.hang !== undefined || rule.reset !== undefined;

const mutation =
  (rules: readonly FaultRule[]) =>
  (answer: Answer): Answer =>
    answer.body === undefined
      ? answer
      : {
          ...answer,
          body: rules.reduce<unknown>(
            (body, rule) => rule.mutate?.(body) ?? body,
            structuredClone(answer.body),
          ),
        };

/** Keeps the rules of one sandbox. Delays and changes add up; the first other rule decides the rest. */
export const createFaults = () => {
  let rules: { rule: FaultRule; left: number }[] = [];

  const plan = (method: string, path: string): FaultPlan => {
    const taken: FaultRule[] = [];
    for (const entry of rules) {
      if (!applies(entry.rule, entry.left, method, path)) continue;
      entry.left -= 1;
      taken.push(entry.rule);
      if (isEnding(entry.rule)) break;
    }
    return {
      delayMs: taken.reduce((sum, rule) => sum + (rule.delayMs ?? 0), 0),
      mutate: taken.some((rule) => rule.mutate !== undefined) ? mutation(taken) : (answer) => answer,
      meanwhile: (world, headers) => {
        for (const rule of taken) rule.meanwhile?.(world, headers);
      },
      ending: taken.find(isEnding),
    };
  };

  return {
    plan,
    add: (rule: FaultRule): void => {
      rules.push({ rule, left: rule.times ?? Infinity });
    },
    clear: (): void => {
      rules = [];
    },
  };
};
