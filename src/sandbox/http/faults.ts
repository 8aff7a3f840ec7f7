import type { IncomingHttpHeaders } from 'node:http';
import type { World } from '../model.ts';
import type { Answer } from './exchange.ts';
import { refusalAnswer, type RefusalRule } from './refusals.ts';

/** A fault of all requests that match; each rule has exactly one kind of fault. */
export interface FaultRule {
  /** Default: any. */
  method?: string;
  /** Tested on path and query as received. */
  path: RegExp;
  /** Number of requests that it applies to; unlimited by default. */
  times?: number;
  /** Sent instead of the real answer; a text body is sent raw, anything else as JSON. */
  respond?: { status: number; body?: unknown; headers?: Record<string, string> };
  /** Sent instead of handling the request: an error body in one of the vendor's shapes. */
  refuse?: RefusalRule;
  /** Delay of the real answer. */
  delayMs?: number;
  /** Never answers, or sends headers and half a body and stops. */
  hang?: 'before' | 'body';
  /** Destroys the socket before or after the request took effect. */
  reset?: 'before' | 'after';
  /** Changes a JSON answer; packet ids are bigints in it. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests reach into bodies of every shape
  mutate?: (body: any) => unknown;
  /** Replaces the value at a path of a JSON answer; without a value the property is removed. */
  odd?: { at: readonly (string | number)[]; value?: unknown };
  /** A change by another program after the request was handled, and before its answer arrives. */
  meanwhile?: (world: World, headers: IncomingHttpHeaders) => void;
}

/** Effects of all rules on one request. */
export interface FaultPlan {
  delayMs: number;
  mutate: (answer: Answer) => Answer;
  meanwhile: (world: World, headers: IncomingHttpHeaders) => void;
  /** The rule that replaces the answer, or interrupts sending it. */
  ending: FaultRule | undefined;
}

const applies = (rule: FaultRule, left: number, method: string, path: string): boolean =>
  left > 0 &&
  (rule.method === undefined || rule.method.toUpperCase() === method) &&
  path.search(rule.path) >= 0;

const isEnding = (rule: FaultRule): boolean =>
  rule.respond !== undefined || rule.hang !== undefined || rule.reset !== undefined;

/** Replaces a value in a body; does nothing if the path does not exist. */
const putAt = (body: unknown, { at, value }: NonNullable<FaultRule['odd']>): void => {
  const holder = at
    .slice(0, -1)
    .reduce<unknown>((from, key) => (from as Record<string, unknown>)?.[key], body);
  if (typeof holder !== 'object' || holder === null) return;
  const last = at.at(-1)!;
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else Reflect.set(holder, last, value);
};

/** Expresses a rule by the basic ones. */
const plain = ({ refuse, odd, ...rule }: FaultRule): FaultRule => ({
  ...rule,
  ...(refuse && { respond: refusalAnswer(refuse) }),
  ...(odd && { mutate: (body: unknown) => putAt(body, odd) }),
});

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
      rules.push({ rule: plain(rule), left: rule.times ?? Infinity });
    },
    clear: (): void => {
      rules = [];
    },
  };
};
