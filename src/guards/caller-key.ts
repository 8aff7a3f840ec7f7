import { hash } from 'node:crypto';
import type { Caller } from '../http/request.ts';

/**
 * The identity of a caller: the subject that the gateway authenticated, and the token for the cloud. The workspace is not part of it:
 * it selects data in DataArts Insight, and so belongs to the query.
 */
type CallerIdentity = Pick<Caller, 'token'> & { subject: string | undefined };

/** A unique digest of a caller, for data that outlives a request: credentials are not kept in memory. */
export const callerKey = ({ token, subject }: CallerIdentity): string =>
  hash('sha256', JSON.stringify([token, subject]), 'base64url');

/**
 * The key that limited capacity is shared by: the authenticated subject, if there is one. Only without it the token, since anyone can
 * make up tokens.
 */
export const borrowerKey = ({ token, subject }: CallerIdentity): string =>
  callerKey(subject === undefined ? { token, subject } : { token: undefined, subject });
