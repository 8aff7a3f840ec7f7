import { hash } from 'node:crypto';
import type { Caller } from '../http/request.ts';

/**
 * Who asks: what is checked here, and what the cloud checks. The workspace is not in it: it says where to look in DataArts
 * Insight, so that it is part of the question.
 */
type Identity = Pick<Caller, 'token'> & { subject: string | undefined };

/** Tells callers apart, for what outlives a request: a digest, so that no memory holds what they prove themselves with. */
export const callerKey = ({ token, subject }: Identity): string =>
  hash('sha256', JSON.stringify([token, subject]), 'base64url');

/**
 * Who has to share what is limited: the subject that was checked, where there is one. Only without it the token, which anyone can
 * make up.
 */
export const borrowerKey = ({ token, subject }: Identity): string =>
  callerKey(subject === undefined ? { token, subject } : { token: undefined, subject });
