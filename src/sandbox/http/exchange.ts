import type { IncomingHttpHeaders } from 'node:http';
import type { Lag } from '../lag.ts';
import type { World } from '../model.ts';

/** A request that found its route. */
export interface Call {
  path: Readonly<Record<string, string>>;
  query: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** An answer; without `body` it is empty. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** State and dependencies of an operation. */
export interface Deps {
  world: World;
  strictCeiling: boolean;
  /** Runs a change once the settling time is over. */
  later: (change: () => void) => void;
  lag: Lag;
}

/** One operation, its path written as the vendor documents it. */
export interface Route {
  method: string;
  path: string;
  /** Needs no credentials. */
  open?: boolean;
  /** Not offered by Open Telekom Cloud. */
  huaweiOnly?: boolean;
  handle: (call: Call, deps: Deps) => Answer;
}

/** An answer that ends the operation at once. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly answer: Answer;

  constructor(status: number, body: unknown) {
    super(`refused with ${status}`);
    this.answer = { status, body };
  }
}

/** The usual answer: 200 and a JSON body. */
export const ok = (body?: unknown): Answer => (body === undefined ? { status: 200 } : { status: 200, body });

/** The API gateway's refusal, sent before any service is reached. */
export const gatewayRefusal = (status: number, code: string, message: string, requestId: string): Refusal =>
  new Refusal(status, { error_msg: message, error_code: code, request_id: requestId });

/** Makes the refusal of a wrong parameter, in the words of the service. */
export type RefuseParameter = (name: string, detail: string) => Refusal;

/** An id from the path, 1 to `max` characters long. */
export const pathId = (call: Call, name: string, refuse: RefuseParameter, max = 64): string => {
  const id = call.path[name] ?? '';
  if (id.length < 1 || id.length > max) throw refuse(name, `${name} must have 1 to ${max} characters`);
  return id;
};
