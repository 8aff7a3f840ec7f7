import { z } from 'zod';
import type { Release } from '../capacity/fair-share.ts';
import { parseJson, type Print, type Room } from './response-body.ts';
import { UpstreamContractError } from './errors.ts';
import type { Answer } from './exchange.ts';
import { fieldOf, mend } from './lenient-parse.ts';
import { disguiseOf, isAnswerIn, refusalOf } from './refusal.ts';
import type { Service } from './service.ts';

/** What a zod schema, compiled or not, does here. */
export interface Shape<T> {
  parse(body: unknown): T;
}

const jsonOf = (service: Service, status: number, text: string): unknown => {
  if (text.trim() === '') return null;
  try {
    return parseJson(text);
  } catch (cause) {
    throw new UpstreamContractError(service.name, status, 'with something that is not JSON', { cause });
  }
};

/** What a refusal says. Where it is a load balancer's page, or empty, the status has to do. */
const jsonOrNothing = (text: string): unknown => {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
};

/** What an answer says, and the fields of it that are not in the contract. */
interface Shaped {
  value: unknown;
  drift: readonly string[];
}

const UNEXPECTED = 'in an unexpected shape';
const AS_PROMISED: readonly string[] = [];

const shaped = (service: Service, status: number, body: unknown, shape: Shape<unknown>): Shaped => {
  try {
    return { value: shape.parse(body), drift: AS_PROMISED };
  } catch (cause) {
    const mended = shape instanceof z.core.$ZodType ? mend(shape, body) : { brokenAt: [] };
    if ('value' in mended) return mended;
    const { brokenAt } = mended;
    const where = brokenAt.length === 0 ? UNEXPECTED : `${UNEXPECTED} at ${brokenAt.join('.')}`;
    throw new UpstreamContractError(service.name, status, where, { cause, field: fieldOf(brokenAt) });
  }
};

/** The answer in the shape asked for; anything else is thrown, as a refusal or as a breach of contract. */
const readAs = (
  service: Service,
  { status, headers, body: whole }: Answer,
  shape: Shape<unknown>,
): Shaped => {
  const text = whole.text();
  if (status >= 400) throw refusalOf(service, status, headers, jsonOrNothing(text));
  if (status >= 300) {
    throw new UpstreamContractError(service.name, status, 'with a redirect, which is never followed');
  }
  const body = jsonOf(service, status, text);
  const disguise = disguiseOf(body, shape);
  if (disguise) throw refusalOf(service, status, headers, body, disguise);
  if (!isAnswerIn(body, shape)) throw new UpstreamContractError(service.name, status, UNEXPECTED);
  return shaped(service, status, body, shape);
};

/** An answer as it came, and what it says. */
export class Reading {
  private readonly service: Service;
  private readonly answer: Answer;
  private read: Shaped | undefined;
  private room: { release: Release; holders: number } | undefined;

  constructor(service: Service, answer: Answer) {
    this.service = service;
    this.answer = answer;
  }

  /** What it says, in the one shape that this call has: looked at once, however many wait for it. */
  as<T>(shape: Shape<T>): T {
    this.read ??= readAs(this.service, this.answer, shape);
    return this.read.value as T;
  }

  /** Where it differs from the contract, as far as it was looked at. */
  get drift(): readonly string[] {
    return this.read?.drift ?? AS_PROMISED;
  }

  /** Has its bytes counted until all operations that hold it have ended: once, however many they are. Null where there is no room. */
  hold({ bytes, borrower }: Room): Release | null {
    if (!this.room) {
      const release = bytes.takeNow(borrower, this.bytes);
      if (!release) return null;
      this.room = { release, holders: 0 };
    }
    const { room } = this;
    room.holders += 1;
    return () => {
      room.holders -= 1;
      if (room.holders > 0) return;
      room.release();
      this.room = undefined;
    };
  }

  /** Bytes of its body. */
  get bytes(): number {
    return this.answer.body.bytesRead;
  }

  get print(): Print {
    return this.answer.body.print;
  }

  /** Whether it is a good answer, with the bytes of another one. */
  isLike(print: Print): boolean {
    return this.answer.status < 300 && this.answer.body.isLike(print);
  }
}
